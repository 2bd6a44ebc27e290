namespace EventTriggers.Tests.Events;

/// <summary>What names of unique work may be, and where they live.</summary>
public sealed class UniqueFaceTests(RedisFixture redis)
{
    private const int Several = 5;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData("", "The name of unique work must have 1 to 200 characters of A–Z a–z 0–9 . _ : -, but is empty.*")]
    [InlineData("a/b", "The name of unique work must consist of A–Z a–z 0–9 . _ : -, but 'a/b' has U+002F at 1.*")]
    [InlineData("$a", "*'$a' has U+0024 at 0.*")]
    [InlineData("a b", "*'a b' has U+0020 at 1.*")]
    public void By_WithWhatIsNotAName_Throws(string name, string message) =>
        FluentActions.Invoking(() => Unique.By(name)).Should().Throw<ArgumentException>().WithMessage(message);

    [Theory]
    [InlineData(WhenTaken.QueueOne)]
    [InlineData(WhenTaken.CancelRunning)]
    public void WhatWaitsForARunningEvent_NeedsUntilHandled(WhenTaken otherwise)
    {
        var started = Unique.By("a").Until(UniqueUntil.Started);
        var window = Unique.By("a").Until(Hour);
        Action[] all =
        [
            () => started.Otherwise(otherwise), () => window.Otherwise(otherwise),
            () => Unique.By("a").Otherwise(otherwise).Until(UniqueUntil.Started), () => Unique.By("a").Otherwise(otherwise).Until(Hour),
        ];

        foreach (var build in all)
        {
            build.Should().Throw<ArgumentException>().WithMessage(
                $"WhenTaken.{otherwise} waits for a running event, so it needs UniqueUntil.Handled; with '*' use Keep or Replace.*");
        }

        Unique.By("a").Otherwise(otherwise).ToString().Should().Be($"a until Handled, otherwise {otherwise}");
    }

    [Fact]
    public void ValuesOutOfRange_AreRefused()
    {
        foreach (var window in new[] { TimeSpan.Zero, -Hour, TimeSpan.FromDays(3651) })
        {
            FluentActions.Invoking(() => Unique.By("a").Until(window)).Should().Throw<ArgumentOutOfRangeException>()
                .WithMessage("The time for which a name is held must be between 1 ms and 3650.00:00:00, but is *");
        }

        FluentActions.Invoking(static () => Unique.By("a").Until((UniqueUntil)7)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(static () => Unique.By("a").Otherwise((WhenTaken)7)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task OwnId_WithSeveralPartitions_MustBeginWithTheName()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = Several);
        var unique = Unique.By("deploy");

        foreach (var id in new[] { "deploy", "deployed/1", "other/1" })
        {
            await FluentActions.Awaiting(() => host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = id, Unique = unique }).AsTask())
                .Should().ThrowAsync<ArgumentException>().WithMessage(
                    "With 5 partitions, the id of an event with a name and without a key must begin with the name and a '/', so that all "
                    + $"events with the name live in one partition, but the id is '{id}' and the name is 'deploy'.*");
        }

        (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "deploy/1", Unique = unique })).Outcome
            .Should().Be(PublishOutcome.Accepted);
        (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "a/1", Key = "a", Unique = unique })).Outcome
            .Should().Be(PublishOutcome.Accepted);
        (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Unique = unique }))
            .Should().Be(new PublishResult("deploy/1", PublishOutcome.Kept));
        (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "deploy/1", Unique = unique })).Outcome
            .Should().Be(PublishOutcome.Repeated);
    }

    [Fact]
    public async Task EventsOfTriggers_HaveNoNameOfTheirOwn()
    {
        var publish = () => Trigger.After(Hour).Publish(new OrderPlaced(1), new PublishOptions { Unique = Unique.By("a") });

        publish.Should().Throw<ArgumentException>().WithMessage("An event that a trigger raises cannot have Unique: *");
        await using var host = TestHost.Create(redis);
    }

    [Fact]
    public async Task AFollowUp_HasAName_WithinTheKeyThatItInherits_OrWhereItsParentLives()
    {
        var refused = new List<string>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                // The second is not recorded, because the first has the name.
                context.Publish(new Reminder(context.Event.Number), new() { Unique = Unique.By("order-7") });
                context.Publish(new Reminder(context.Event.Number + 10), new() { Unique = Unique.By("order-7") });
                var other = () => context.Publish(new Reminder(1), new() { Unique = Unique.By("other") });
                if (context.Key is null)
                {
                    refused.Add(other.Should().Throw<ArgumentException>().Which.Message);
                }
                else
                {
                    other();
                }

                return default;
            }),
            static options => options.Partitions = Several).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order-7/placed" });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "its success is recorded");
        await host.Bus.PublishAsync(new OrderPlaced(2), new() { Key = "order-7" });
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 2, "its success is recorded");

        refused.Single().Should().StartWith(
            "With 5 partitions, the name of a follow-up without a key must be 'order-7', with which the id of the event that it follows "
            + "begins");
        var found = await host.Events.QueryUnroutedAsync().ToListAsync();
        found.Select(static one => (one.Key, one.Unique)).Should().BeEquivalentTo(
            [(null, "order-7"), ("order-7", "order-7"), ((string?)"order-7", (string?)"other")]);
    }
}
