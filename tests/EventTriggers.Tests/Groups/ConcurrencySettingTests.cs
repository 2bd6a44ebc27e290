using EventTriggers.Testing.Harness;
using Microsoft.Extensions.Time.Testing;
using static EventTriggers.Tests.Groups.ConcurrencyScene;

namespace EventTriggers.Tests.Groups;

/// <summary>The number for all processes as it is stored: how it is shown and ended, and what happens if it cannot be read.</summary>
public sealed class ConcurrencySettingTests(RedisFixture redis)
{
    private readonly CountedHandler _handler = new();

    [Fact]
    public async Task WhatIsSet_IsShown_AndForgottenWhenItIsReset()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, _handler, clock).Start();
        await KnownAsync(host);
        (await host.Groups.FindAsync("mail"))!.Concurrency.Should().BeNull();

        await host.Groups.SetConcurrencyAsync("mail", 3, "ada lovelace");

        (await host.Groups.FindAsync("mail"))!.Concurrency.Should()
            .BeEquivalentTo(new GroupConcurrency { Concurrency = 3, Since = clock.GetUtcNow(), By = "ada lovelace" });
        (await redis.Database.HashGetAsync(Concurrency(host), "mail")).ToString().Should()
            .Be($"3 {clock.GetUtcNow().ToUnixTimeMilliseconds()} ada lovelace");
        await host.Groups.SetConcurrencyAsync("mail", 5);
        (await host.Groups.ListAsync()).Single(static group => group.Name == "mail").Concurrency.Should()
            .Match<GroupConcurrency>(static set => set.Concurrency == 5 && set.By == null);
        await host.Groups.SetConcurrencyAsync("mail", null, "ada");
        (await host.Groups.FindAsync("mail"))!.Concurrency.Should().BeNull();
        (await redis.Database.KeyExistsAsync([Concurrency(host), Settings(host), $"{{{host.Prefix}:0}}:settings"])).Should()
            .Be(0);
    }

    [Fact]
    public async Task APause_AnOrder_AndAConcurrency_AreSetAndEndedEachByItself()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, _handler, clock, static group => group.InOrder()).Start();
        await KnownAsync(host);
        await host.Groups.SetConcurrencyAsync("mail", 3);
        await host.Groups.PauseAsync("mail", new PauseOptions { Until = clock.GetUtcNow().AddSeconds(10), By = "ada" });

        (await host.Groups.FindAsync("mail"))!.Should().Match<GroupRecord>(static group => group.Concurrency!.Concurrency == 3
            && group.Concurrency.By == null && group.Pause!.By == "ada" && group.ConcurrencyPerKey == 1);
        clock.Advance(TimeSpan.FromSeconds(11));
        await PublishAsync(host, 1);
        await _handler.RunAsync(1);
        (await redis.Database.HashExistsAsync(Settings(host), "paused")).Should().BeFalse("the claim has forgotten the pause");
        (await host.Groups.FindAsync("mail"))!.Concurrency!.Concurrency.Should().Be(3);
        await host.Groups.PauseAsync("mail");
        await host.Groups.SetConcurrencyAsync("mail", null);
        (await host.Groups.FindAsync("mail"))!.Should().Match<GroupRecord>(static group =>
            group.Concurrency == null && group.Pause != null && group.ConcurrencyPerKey == 1);
        await host.Groups.ResumeAsync("mail");
        (await host.Groups.FindAsync("mail"))!.ConcurrencyPerKey.Should().Be(1);
        _handler.Release(1);
    }

    [Fact]
    [Trait("Fault", "177")]
    [Trait("Fault", "178")]
    public async Task AStoreThatLosesItsData_LosesWhatIsSet_AndProcessesNoticeWithoutAMessage()
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, _handler, clock).Start();
        await KnownAsync(host);
        await host.Groups.SetConcurrencyAsync("mail", 2);
        await ObeysAsync(host, 2);
        await new TestServer(redis.Connection, OthersUseIt: true).RemoveAsync(host.Prefix, redis.Database.Database);

        await ReportsAsync(host, clock);

        await ObeysAsync(host, 4);
    }

    [Theory]
    [InlineData("many")]
    [InlineData("0 1795456123456 ada")]
    [InlineData("100001 1795456123456 ada")]
    [InlineData("3")]
    [Trait("Fault", "179")]
    public async Task WhatCannotBeRead_IsSaidOnce_AndTheProcessKeepsItsOwnNumber(string stored)
    {
        var clock = Clock.At2030();
        await using var host = Host(redis, _handler, clock).Start();
        await KnownAsync(host);
        await host.Groups.SetConcurrencyAsync("mail", 2);
        await ObeysAsync(host, 2);
        await redis.Database.HashSetAsync(Concurrency(host), "mail", stored);

        await ReportsAsync(host, clock);
        await ObeysAsync(host, 4);
        await ReportsAsync(host, clock);
        await PublishAsync(host, 9);
        await _handler.RunAsync(4);

        host.Log.TextsOf("82").Should().ContainSingle().Which.Should().Contain($"'{stored}'").And.Contain("mail");
        (await host.Groups.FindAsync("mail"))!.Concurrency.Should().BeNull();
        await host.Groups.SetConcurrencyAsync("mail", 5);
        await _handler.RunAsync(5);
        _handler.Release(9);
    }

    [Fact]
    [Trait("Fault", "179")]
    public async Task AKeyThatHoldsSomethingElse_IsNotOverwritten()
    {
        await using var host = Host(redis, _handler).Start();
        await KnownAsync(host);
        await redis.Database.StringSetAsync(Concurrency(host), "what");

        await host.Groups.Invoking(static store => store.SetConcurrencyAsync("mail", 2).AsTask()).Should()
            .ThrowAsync<InvalidOperationException>();

        (await redis.Database.StringGetAsync(Concurrency(host))).ToString().Should().Be("what");
        await PublishAsync(host, 9);
        await _handler.RunAsync(4);
        _handler.Release(9);
    }

    [Fact]
    public async Task TheGroupThatMatchesTriggers_CanBeSet()
    {
        await using var host = Host(redis, _handler).Start();
        await KnownAsync(host);

        (await host.Groups.SetConcurrencyAsync("$triggers", 3)).Should().Be(ChangeOutcome.Done);

        await ObeysAsync(host, 3, "$triggers");
        (await host.Groups.FindAsync("$triggers"))!.Concurrency!.Concurrency.Should().Be(3);
    }

    [Fact]
    public async Task WhatIsNotAllowed_IsRefused_AndAnUnknownGroupIsNotFound()
    {
        await using var host = Host(redis, _handler);
        var groups = host.Groups;

        foreach (var count in (int[])[-1, 0, 100_001])
        {
            await groups.Invoking(store => store.SetConcurrencyAsync("mail", count).AsTask()).Should()
                .ThrowAsync<ArgumentOutOfRangeException>().WithMessage($"All processes together handle 1 to 100000 *not {count}.*");
        }

        await groups.Invoking(static store => store.SetConcurrencyAsync("a b", 1).AsTask()).Should().ThrowAsync<ArgumentException>();
        await groups.Invoking(static store => store.SetConcurrencyAsync("mail", 1, new string('x', 201)).AsTask()).Should()
            .ThrowAsync<ArgumentException>().WithMessage("The name of who sets the concurrency of a group may have at most 200*");
        (await groups.SetConcurrencyAsync("nowhere", 1)).Should().Be(ChangeOutcome.NotFound);
        (await groups.SetConcurrencyAsync("nowhere", null)).Should().Be(ChangeOutcome.NotFound);
        (await redis.Database.KeyExistsAsync(Concurrency(host))).Should().BeFalse();
    }

    private static string Concurrency(TestHost host) => $"{{{host.Prefix}:0}}:concurrency";

    private static string Settings(TestHost host) => $"{{{host.Prefix}:0}}:settings:mail";

    // The loop sets its timer at a moment of its own, so the clock goes on in steps.
    private static async Task ReportsAsync(TestHost host, FakeTimeProvider clock)
    {
        var before = clock.GetUtcNow();
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await host.Groups.ListConsumersAsync()).Any(consumer => consumer.SeenAt > before);
            },
            "it reports",
            TimeSpan.FromSeconds(30));
    }
}
