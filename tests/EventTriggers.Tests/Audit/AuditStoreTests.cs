namespace EventTriggers.Tests.Audit;

/// <summary>What operators did is kept, newest first, and no more than 1000 of it.</summary>
public sealed class AuditStoreTests(RedisFixture redis)
{
    [Fact]
    public async Task Entries_AreListedNewestFirst_WithTheTimeOfRedis()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var full = new AuditEntry
        {
            Action = "pause group", Target = "billing", By = "Ada \"Ä\" 🜂", Outcome = "Done", Details = "line\nline",
        };

        await Audit(host).AddAsync(full);
        clock.Advance(TimeSpan.FromMinutes(1));
        await Audit(host).AddAsync(new AuditEntry { Action = "resume group", Target = "billing" });

        var found = await Audit(host).ListAsync();
        found.Select(static one => one.At).Should().Equal(clock.GetUtcNow(), clock.GetUtcNow().AddMinutes(-1));
        found[0].Entry.Should().BeEquivalentTo(new { Action = "resume group", By = (string?)null, Outcome = (string?)null });
        found[1].Entry.Should().BeEquivalentTo(full);
        (await Audit(host).ListAsync(1)).Should().ContainSingle();
    }

    [Fact]
    public async Task TheList_HasAThousandEntries()
    {
        await using var host = TestHost.Create(redis);
        var key = $"{{{host.Prefix}:0}}:audit";
        await redis.Database.ListLeftPushAsync(
            key, [.. Enumerable.Range(0, 1000).Select(static n => (StackExchange.Redis.RedisValue)$"{n}")]);

        await Audit(host).AddAsync(new AuditEntry { Action = "a", Target = "last" });

        (await redis.Database.ListLengthAsync(key)).Should().Be(1000);
        (await Audit(host).ListAsync(1000))[0].Entry.Target.Should().Be("last");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("1 ")]
    [InlineData("1 []")]
    [InlineData("1 {\"action\":1,\"target\":\"x\"}")]
    [InlineData("1 {\"action\":\"x\"}")]
    public async Task AnEntryOfAnotherProgram_IsListedAsUnreadable(string entry)
    {
        await using var host = TestHost.Create(redis);
        await redis.Database.ListLeftPushAsync($"{{{host.Prefix}:0}}:audit", entry);

        (await Audit(host).ListAsync()).Should().ContainSingle().Which.Unreadable.Should().Contain(entry.Trim());
    }

    [Fact]
    public async Task AKeyThatHoldsSomethingElse_IsSaidByName()
    {
        await using var host = TestHost.Create(redis);
        await redis.Database.StringSetAsync($"{{{host.Prefix}:0}}:audit", "text");

        await FluentActions.Awaiting(() => Audit(host).AddAsync(new AuditEntry { Action = "a", Target = "b" }).AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*:audit*");
        await FluentActions.Awaiting(() => Audit(host).ListAsync().AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*:audit*");
    }

    [Theory]
    [InlineData("", "b", null, "*action*must not be empty*")]
    [InlineData("a", " ", null, "*target*must not be empty*")]
    [InlineData("a", "b", 201, "*name in an audit entry may have at most 200 characters, but has 201*")]
    public async Task WhatIsNotAllowed_IsRefusedByName(string action, string target, int? nameLength, string message)
    {
        await using var host = TestHost.Create(redis);
        var entry = new AuditEntry { Action = action, Target = target, By = nameLength is { } length ? new string('x', length) : null };

        await FluentActions.Awaiting(() => Audit(host).AddAsync(entry).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage(message);
        await FluentActions.Awaiting(() => Audit(host).ListAsync(0).AsTask())
            .Should().ThrowAsync<ArgumentOutOfRangeException>();
        (await Audit(host).ListAsync()).Should().BeEmpty();
    }

    private static IAuditStore Audit(TestHost host) => host.Services.GetRequiredService<IAuditStore>();
}
