namespace EventTriggers.Tests.Events;

/// <summary>A list of events of several types, each with its own options.</summary>
public sealed class PublishMixedTests(RedisFixture redis)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task PublishMany_OfSeveralTypes_AcceptsEachWithItsOptions(int partitions)
    {
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions);
        await host.Bus.PublishAsync(new OrderPlaced(0), new PublishOptions { Id = "known" });

        var results = await host.Bus.PublishManyAsync(
        [
            EventToPublish.Of(new OrderPlaced(1)),
            EventToPublish.Of(new Reminder(2), new PublishOptions { Id = "chosen", Delay = TimeSpan.FromHours(1) }),
            EventToPublish.Raw("raw", "3"u8.ToArray(), new PublishOptions { CorrelationId = "c" }),
            EventToPublish.Of(new OrderPlaced(4), new PublishOptions { Id = "known" }),
            EventToPublish.Of(new OrderPlaced(5), new PublishOptions { Id = "chosen" }),
            EventToPublish.Of(new OrderPlaced(6)),
        ]);

        results.Select(static one => one.Outcome).Should().Equal(
            PublishOutcome.Accepted, PublishOutcome.Accepted, PublishOutcome.Accepted, PublishOutcome.Repeated, PublishOutcome.Repeated,
            PublishOutcome.Accepted);
        var found = await Task.WhenAll(results.Select(one => host.Events.FindAsync(one.Id).AsTask()));
        found.Select(static one => (one!.Type, one.CorrelationId, one.DueAt is not null)).Should().Equal(
            ("order.placed", null, false), ("order.reminder", null, true), ("raw", "c", false), ("order.placed", null, false),
            ("order.reminder", null, true), ("order.placed", null, false));
    }

    // Those without an id go several together, so that a repeat is not at the place of its publish in the call.
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task PublishMany_OfManyWithIds_TellsOfEach(int every)
    {
        await using var host = TestHost.Create(redis);
        var events = Enumerable.Range(0, 500)
            .Select(n => EventToPublish.Of(new OrderPlaced(n), n % every == 0 ? new PublishOptions { Id = $"order-{n}" } : null))
            .ToList();

        var first = await host.Bus.PublishManyAsync(events);
        var second = await host.Bus.PublishManyAsync(events);

        first.Should().OnlyContain(static one => one.Outcome == PublishOutcome.Accepted);
        second.Select(static one => one.Outcome == PublishOutcome.Repeated).Should()
            .Equal(Enumerable.Range(0, 500).Select(n => n % every == 0));
    }

    [Fact]
    public async Task PublishMany_EachWithWhatCancelsIt_WatchesForEach()
    {
        await using var scene = await Triggers.MatchScene.CreateAsync(redis, Clock.At2030());
        PublishOptions Until(string type) => new() { Delay = TimeSpan.FromHours(1), CancelOn = EventCondition.On(type) };
        var ids = (await scene.Host.Bus.PublishManyAsync(
            [
                EventToPublish.Of(
                    new Reminder(1), Until("paid")), EventToPublish.Of(
                        new Reminder(2), Until("shipped")), EventToPublish.Of(new Reminder(3)),
            ])).Select(static one => one.Id).ToArray();

        await scene.PublishAsync("shipped", "{}");

        var found = await Task.WhenAll(ids.Select(id => scene.Host.Events.FindAsync(id).AsTask()));
        found.Select(static one => one!.Deliveries.Single(static delivery => delivery.Group == "default").Status).Should()
            .Equal(DeliveryStatus.Delayed, DeliveryStatus.Canceled, DeliveryStatus.Ready);
    }

    [Fact]
    public async Task PublishMany_OfWhichOneIsNotAllowed_PublishesNone()
    {
        await using var host = TestHost.Create(redis);

        var bad = async () => await host.Bus.PublishManyAsync(
            [EventToPublish.Of(new Reminder(1)), EventToPublish.Raw("raw", "{"u8.ToArray())]);
        var none = async () => await host.Bus.PublishManyAsync([EventToPublish.Of(new Reminder(1)), null!]);
        var twice = async () => await host.Bus.PublishManyAsync([EventToPublish.Of(new Reminder(1))], new PublishOptions());

        await bad.Should().ThrowAsync<ArgumentException>();
        await none.Should().ThrowAsync<ArgumentException>().WithMessage("Event 1 of the list is null*");
        await twice.Should().ThrowAsync<ArgumentException>().WithMessage("Each EventToPublish has its own options*");
        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
        (await host.Bus.PublishManyAsync([])).Should().BeEmpty();
    }
}
