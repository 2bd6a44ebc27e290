using System.Collections.Concurrent;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Duties;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Triggers;

/// <summary>Triggers that a host declares when it registers the library.</summary>
public sealed class DeclaredTriggerTests(RedisFixture redis)
{
    private static readonly string Nightly = "nightly";

    [Fact]
    public async Task ItIsAddedWhenTheLoopStarts_AndFires()
    {
        var fired = new TaskCompletionSource<Firing>();
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("nightly", Trigger.Cron("* * * * * *").Publish(new Reminder(1)))
            .AddHandler<Reminder>((context, _) =>
            {
                fired.TrySetResult(context.Firing!);
                return default;
            })).Start();

        (await Wait.ForAsync(fired.Task)).TriggerId.Should().Be(Nightly);
    }

    [Fact]
    public async Task TheSame_IsLeftAlone_WhateverItsStatus()
    {
        await using var first = await StartAsync("0 3 * * *");
        var added = await first.Triggers.FindAsync(Nightly);
        await first.Triggers.PauseAsync(Nightly);

        await using var second = await StartAsync("0 3 * * *", first.Prefix);

        (await second.Triggers.FindAsync(Nightly)).Should()
            .BeEquivalentTo(added, options => options.Excluding(record => record!.Status).Excluding(record => record!.Payload));
        (await second.Triggers.FindAsync(Nightly))!.Status.Should().Be(TriggerStatus.Paused);
        await second.Triggers.CancelAsync(Nightly);
        await using var third = await StartAsync("0 3 * * *", first.Prefix);
        (await third.Triggers.FindAsync(Nightly))!.Status.Should().Be(TriggerStatus.Canceled, "somebody cancelled it");
    }

    // Guarantee 4: however much later a process starts.
    [Fact]
    public async Task OneThatHasEndedAndIsForgotten_StaysEnded()
    {
        await using var first = await StartAsync("0 3 * * *");
        await first.Triggers.CancelAsync(Nightly);
        var keys = first.Keyspace.Partitions[0].Keys;
        await redis.Database.KeyDeleteAsync([keys.Trigger("nightly"), keys.EndedTriggers]);

        await using var second = await StartAsync("0 3 * * *", first.Prefix);

        (await second.Triggers.FindAsync(Nightly)).Should().BeNull();
    }

    [Fact]
    public async Task AnotherDefinition_IsPutInPlace()
    {
        await using var old = await StartAsync("0 3 * * *");
        await old.Triggers.FireNowAsync(Nightly);

        await using var changed = await StartAsync("0 4 * * *", old.Prefix);

        var found = (await changed.Triggers.FindAsync(Nightly))!;
        (found.Cron, found.FiringCount, found.DueAt!.Value.Hour).Should().Be(("0 4 * * *", 1L, 4));
        (await changed.Triggers.QueryAsync(new TriggerQuery()).ToListAsync()).Should().ContainSingle();
    }

    // Old and new processes of a deployment, all at once: there is one trigger, and no occurrence fires twice.
    [Fact]
    public async Task DeclaredByMany_DifferentlyAndAtOnce_FiresEachOccurrenceOnce()
    {
        var (prefix, fired) = (RedisFixture.NewPrefix(), new ConcurrentBag<Firing>());
        var hosts = new List<TestHost>();
        for (var n = 0; n < 10; n++)
        {
            var number = n % 2;
            hosts.Add(TestHost.Create(redis, build => build
                .AddTrigger("nightly", Trigger.Cron("* * * * * *").Publish(new Reminder(number)))
                .AddHandler<Reminder>((context, _) =>
                {
                    fired.Add(context.Firing!);
                    return default;
                }), prefix: prefix).Start());
        }

        await Wait.UntilAsync(() => fired.Count >= 3, "it fires");
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        fired.Select(static firing => firing.DueAt).Should().OnlyHaveUniqueItems();
        fired.Select(static firing => firing.DueAt.Millisecond).Should().AllBeEquivalentTo(0);
    }

    [Fact]
    [Trait("Fault", "41")]
    public async Task WhenTheStoreHasLostItsData_ItIsDeclaredAgain()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("nightly", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddHandler<Reminder>((_, _) => default));
        var (keyspace, partition) = (host.Keyspace, host.Keyspace.Partitions[0]);
        var declare = host.Services.GetRequiredService<SessionServices>().DeclareIn(partition, new Signal(TimeProvider.System, null!));
        var subscribe = new SubscribeDuty(
            keyspace, partition, [new GroupType("default", "order.reminder")],
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        await keyspace.EnsureReadyAsync();
        await subscribe.RunOnceAsync();
        await declare.RunOnceAsync(CancellationToken.None);

        (await subscribe.RunOnceAsync()).Should().BeFalse("nothing is lost");
        await redis.Database.KeyDeleteAsync(
            [partition.Keys.Routes("order.reminder"), partition.Keys.Trigger("nightly"), partition.Keys.Triggers, partition.Keys.Declared]);
        (await subscribe.RunOnceAsync()).Should().BeTrue("the subscription is");
        declare.Repeat();
        await declare.RunOnceAsync(CancellationToken.None);

        (await host.Triggers.FindAsync(Nightly))!.Status.Should().Be(TriggerStatus.Active);
    }

    [Fact]
    public async Task OneWhoseTimeIsOver_IsNotStored_AndSaysSo()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("nightly", Trigger.Cron("0 3 * * *").Until(DateTimeOffset.UnixEpoch.AddYears(40)).Publish(new Reminder(1)))
            .AddHandler<OrderPlaced>((_, _) => default)).Start();
        await host.AsleepAsync(new OrderPlaced(1));

        (await host.Triggers.FindAsync(Nightly)).Should().BeNull();
        host.Log.Texts.Should()
            .Contain(text => text.Contains("'nightly' could not be stored: The trigger is never due", StringComparison.Ordinal));
    }

    // Guarantee 8: at once, when the host starts.
    [Fact]
    public async Task OneThatCannotBe_EndsTheLoopWithTheReason()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddTrigger("nightly", Trigger.Cron("0 3 * * *").PublishRaw("x", "{"u8.ToArray())));

        var run = async () => await host.Loop.RunAsync(CancellationToken.None);

        await run.Should().ThrowAsync<InvalidOperationException>().WithMessage("*Declared trigger 'nightly': *JSON*");
    }

    [Fact]
    public void ABadDeclaration_IsRefused()
    {
        var builder = new ServiceCollection().AddRedisTriggers();
        var trigger = Trigger.Cron("0 3 * * *").Publish(new Reminder(1));
        builder.AddTrigger("nightly", trigger);

        builder.Invoking(b => b.AddTrigger("nightly", trigger)).Should().Throw<InvalidOperationException>()
            .WithMessage("*'nightly' is already declared*");
        builder.Invoking(b => b.AddTrigger("a b", trigger)).Should().Throw<ArgumentException>().WithMessage("*trigger id must consist of*");
        builder.Invoking(b => b.AddTrigger("other", trigger.WithId("one"))).Should().Throw<ArgumentException>()
            .WithMessage("*'one'*'other'*");
        builder.Invoking(b => b.AddTrigger("later", Trigger.After(TimeSpan.FromDays(1)).Publish(new Reminder(1)))).Should()
            .Throw<InvalidOperationException>().WithMessage("*relative*");
    }

    private async Task<TestHost> StartAsync(string cron, string? prefix = null)
    {
        var host = TestHost.Create(redis, build => build
            .AddTrigger("nightly", Trigger.Cron(cron).Publish(new Reminder(1)))
            .AddHandler<OrderPlaced>((_, _) => default), prefix: prefix).Start();
        await host.AsleepAsync(new OrderPlaced(1));
        return host;
    }
}
