using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Paging;

/// <summary>Queries and bulk operations for the events of one key.</summary>
public sealed class KeyQueryTests(RedisFixture redis)
{
    private static readonly DeliveryStatus[] Statuses =
        [DeliveryStatus.Ready, DeliveryStatus.Delayed, DeliveryStatus.Leased, DeliveryStatus.Processed, DeliveryStatus.Dead];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    [InlineData(1, null)]
    public async Task AQueryByKey_ListsTheEventsOfTheKey_EachOnce_InEveryStatus(int partitions, int? places)
    {
        await using var host = Host(partitions, places);
        var (expected, _) = await FillAsync(host, letWait: places == 1);

        foreach (var status in Statuses)
        {
            var wanted = expected.Where(one => one.Status == status).Select(static one => one.Id).ToArray();
            await ExpectAsync(host, new EventQuery { Key = "a", Status = status }, wanted);
        }

        string[] all = [.. expected.Select(static one => one.Id)];
        await ExpectAsync(host, new EventQuery { Key = "a" }, all);
        await ExpectAsync(host, new EventQuery { Key = "a", IdPrefix = "a/" }, all);
        await ExpectAsync(host, new EventQuery { Key = "a", Type = "order.reminder" }, []);
        await ExpectAsync(host, new EventQuery { Key = "c" }, []);
    }

    // Nothing else is looked at: neither what is ready, nor the backlogs of other keys.
    [Fact]
    public async Task TheFirstPage_HasWhoseTurnItIs_AndWhatWaits_WhateverElseThereIs()
    {
        await using var host = Host(1, 1);
        var consumer = await ConsumerAsync(host, 0);
        await PublishAsync(host, [.. Enumerable.Range(0, 100).Select(static n => $"other-{n}")]);
        await PublishAsync(host, [.. Enumerable.Range(0, 100).Select(static n => $"other-{n}")]);
        var ids = await PublishAsync(host, Enumerable.Repeat("a", 5));
        await consumer.ClaimAllAsync();
        await PublishAsync(host, Enumerable.Range(0, 1000).Select(static n => $"ready-{n}"));

        var page = await host.Events.ListAsync(new EventQuery { Key = "a" }, limit: 5);

        page.Events.Select(static one => one.Id).Should().Equal([ids[0], .. ids.Skip(1).Reverse()], "its turn, and then the newest first");
        page.Examined.Should().Be(5);
    }

    [Fact]
    public async Task APageThatEndsAmongThoseThatHaveAPlace_GoesOnBehindThem()
    {
        await using var host = Host(1, 3);
        var consumer = await ConsumerAsync(host, 0);
        var ids = await PublishAsync(host, Enumerable.Repeat("a", 6));
        await consumer.ClaimAllAsync();

        await ExpectAsync(host, new EventQuery { Key = "a" }, ids);
        await ExpectAsync(host, new EventQuery { Key = "a", Status = DeliveryStatus.Leased }, ids.Take(3));
        await ExpectAsync(host, new EventQuery { Key = "a", Status = DeliveryStatus.Ready }, ids.Skip(3));
    }

    // An id of one's own need not begin with the key where there is one partition.
    [Fact]
    public async Task TheKey_IsTheOneThatWasGiven_AndNotTheBeginningOfTheId()
    {
        await using var host = Host(1, 1);
        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Id = "mine", Key = "a" });
        await host.Bus.PublishAsync(new OrderPlaced(2), new PublishOptions { Id = "a/other" });
        await (await ConsumerAsync(host, 0)).ClaimAllAsync();

        await ExpectAsync(host, new EventQuery { Key = "a" }, ["mine"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ABulkCancelByKey_ChangesTheEventsOfTheKeyAlone(int partitions)
    {
        await using var host = Host(partitions, 1);
        var (mine, others) = await FillAsync(host, letWait: true);

        var id = await host.Events.CancelAsync(new EventQuery { Key = "a", Status = DeliveryStatus.Ready });
        for (var i = 0; i < partitions; i++)
        {
            var consumer = new ManualConsumer(host, partition: i);
            await consumer.AdvanceOperationAsync();
            await consumer.AdvanceOperationAsync();
        }

        var operation = (await host.Operations.FindAsync(id))!;
        (operation.Status, operation.Query).Should().Be((BulkOperationStatus.Completed, "group default, status ready, key a"));
        operation.Changed.Should().Be(mine.Count(static one => one.Status == DeliveryStatus.Ready));
        foreach (var (one, status) in mine.Select(static one => (one.Id, one.Status == DeliveryStatus.Ready ? DeliveryStatus.Canceled
            : one.Status)).Concat(others))
        {
            (await host.Events.FindAsync(one))!.Deliveries.Single().Status.Should().Be(status);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    public async Task WhatIsNotAKey_IsRefused(string key)
    {
        await using var host = Host(1, 1);

        await host.Events.Awaiting(events => events.ListAsync(new EventQuery { Key = key }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("*key of an event*");
    }

    // In pages of any size, and as a stream.
    private static async Task ExpectAsync(TestHost host, EventQuery query, IEnumerable<string> expected)
    {
        foreach (var limit in (int[])[1, 2, 50])
        {
            var (found, cursor) = (new List<string>(), (string?)null);
            do
            {
                var page = await host.Events.ListAsync(query, cursor, limit);
                page.UnreadPartitions.Should().BeEmpty();
                found.AddRange(page.Events.Select(static one => one.Id));
                cursor = page.Cursor;
            }
            while (cursor is not null);
            found.Should().BeEquivalentTo(expected, "of {0} in pages of {1}", query.Status, limit);
        }

        (await host.Events.QueryAsync(query).Select(static one => one.Id).ToListAsync()).Should().BeEquivalentTo(expected);
    }

    // Events of keys a and b in every status, by hand. letWait: those that are ready wait in the backlog.
    private static async Task<(List<(string Id, DeliveryStatus Status)> A, List<(string Id, DeliveryStatus Status)> B)> FillAsync(
        TestHost host, bool letWait)
    {
        var (a, b) = (await StartAsync(host, "a"), await StartAsync(host, "b"));
        foreach (var (key, events) in new[] { ("a", a), ("b", b) })
        {
            events.AddRange((await PublishAsync(host, Enumerable.Repeat(key, 4))).Select(static id => (id, DeliveryStatus.Ready)));
        }

        foreach (var partition in letWait ? host.Keyspace.Partitions : [])
        {
            (await new ManualConsumer(host, partition: partition.Index).ClaimAllAsync()).Should().BeEmpty();
        }

        return (a, b);
    }

    // Processed, dead, delayed, and leased.
    private static async Task<List<(string Id, DeliveryStatus Status)>> StartAsync(TestHost host, string key)
    {
        var consumer = await ConsumerAsync(host, host.Keyspace.PartitionOf(key).Index);
        var events = new List<(string, DeliveryStatus)>();
        async Task EndAsync(Outcome outcome, DeliveryStatus status)
        {
            var id = (await PublishAsync(host, [key])).Single();
            await consumer.SettleAsync(await consumer.ClaimOneAsync(), outcome);
            events.Add((id, status));
        }

        await EndAsync(Outcome.Done, DeliveryStatus.Processed);
        await EndAsync(Outcome.Dead, DeliveryStatus.Dead);
        var delayed = await host.Bus.PublishAsync(new OrderPlaced(0), new PublishOptions { Key = key, Delay = TimeSpan.FromHours(1) });
        events.Add((delayed.Id, DeliveryStatus.Delayed));
        events.Add(((await PublishAsync(host, [key])).Single(), DeliveryStatus.Leased));
        (await consumer.ClaimOneAsync()).Delivery.Id.Should().Be(events[3].Item1);
        return events;
    }

    private static async Task<ManualConsumer> ConsumerAsync(TestHost host, int partition)
    {
        var consumer = new ManualConsumer(host, partition: partition);
        await consumer.SubscribeAsync("order.placed");
        return consumer;
    }

    private static async Task<IReadOnlyList<string>> PublishAsync(TestHost host, IEnumerable<string> keys) =>
        (await host.Bus.PublishManyAsync(
            [.. keys.Select(static key => EventToPublish.Of(new OrderPlaced(1), new PublishOptions { Key = key }))])).Ids();

    private TestHost Host(int partitions, int? places) => TestHost.Create(
        redis,
        configure: options =>
        {
            options.Partitions = partitions;
            options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
        });
}
