using StackExchange.Redis;

namespace EventTriggers.Tests.Paging;

public sealed class PageTests(RedisFixture redis)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);

    public static TheoryData<string> BadCursors => [string.Empty, "x", "not a cursor!", "AAAA", new string('A', 200_000), "é"];

    [Theory]
    [MemberData(nameof(BadCursors))]
    public async Task List_OfWhatIsNoCursor_IsRefused(string cursor)
    {
        await using var host = TestHost.Create(redis);

        foreach (var list in Doors(host))
        {
            var refused = async () => await list(cursor, 50);
            await refused.Should().ThrowAsync<ArgumentException>().WithMessage("*cursor*").WithParameterName(nameof(cursor));
        }
    }

    [Fact]
    public async Task List_WithTheCursorOfAnotherQuery_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)]);
        var page = await host.Events.ListAsync(new EventQuery { Status = DeliveryStatus.Ready }, limit: 1);
        EventQuery[] others =
        [
            new(), new() { Status = DeliveryStatus.Dead }, new() { Status = DeliveryStatus.Ready, Group = "other" },
            new() { Status = DeliveryStatus.Ready, Type = "order.placed" }, new() { Status = DeliveryStatus.Ready, IdPrefix = "a" },
            new() { Status = DeliveryStatus.Ready, CorrelationId = "a" }, new() { Status = DeliveryStatus.Ready, ErrorContains = "a" },
            new() { Status = DeliveryStatus.Ready, Key = "a" },
            new() { Status = DeliveryStatus.Ready, Trigger = "a" }, new() { Status = DeliveryStatus.Ready, From = Now },
            new() { Status = DeliveryStatus.Ready, Before = Now },
        ];

        page.Cursor.Should().NotBeNull();
        foreach (var other in others)
        {
            await host.Events.Awaiting(events => events.ListAsync(other, page.Cursor).AsTask())
                .Should().ThrowAsync<ArgumentException>().WithMessage("*belongs to another query*");
        }

        await using var elsewhere = TestHost.Create(redis);
        await elsewhere.Events.Awaiting(events => events.ListAsync(new EventQuery { Status = DeliveryStatus.Ready }, page.Cursor).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("*belongs to another query*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(201)]
    public async Task List_OfABadLimit_IsRefused(int limit)
    {
        await using var host = TestHost.Create(redis);

        foreach (var list in Doors(host))
        {
            var refused = async () => await list(null, limit);
            await refused.Should().ThrowAsync<ArgumentOutOfRangeException>().WithMessage("*1 to 200*");
        }
    }

    [Fact]
    public async Task List_OfABadFilter_NamesIt()
    {
        await using var host = TestHost.Create(redis);
        (EventQuery Query, string Message)[] bad =
        [
            (new() { Status = (DeliveryStatus)99 }, "*status*99*"), (new() { IdPrefix = "a b" }, "*prefix of an id*U+0020*"),
            (new() { CorrelationId = string.Empty }, "*CorrelationId*0*"), (new() { ErrorContains = string.Empty }, "*ErrorContains*0*"),
            (new() { ErrorContains = new string('x', 1001) }, "*ErrorContains*1001*"), (new() { Trigger = "a{" }, "*trigger id*U+007B*"),
            (new() { From = Now, Before = Now }, "*From must be before Before*"), (new() { Group = "a b" }, "*group*U+0020*"),
        ];

        foreach (var (query, message) in bad)
        {
            await host.Events.Awaiting(events => events.ListAsync(query).AsTask())
                .Should().ThrowAsync<ArgumentException>().WithMessage(message);
            await host.Events.Awaiting(events => events.QueryAsync(query).ToListAsync().AsTask())
                .Should().ThrowAsync<ArgumentException>().WithMessage(message);
        }

        await host.Triggers.Awaiting(triggers => triggers.ListAsync(new TriggerQuery { IdPrefix = "é" }).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("*prefix of an id*U+00E9*");
    }

    [Fact]
    public async Task List_ByTrigger_FindsWhatItRaised()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        foreach (var id in (string[])["t", "t1", "other"])
        {
            await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromSeconds(1)).WithId(id).Publish(new Reminder(1)));
        }

        await host.Bus.PublishAsync(new Reminder(2));
        clock.Advance(TimeSpan.FromSeconds(1));
        await consumer.AdvanceAsync();

        var page = await host.Events.ListAsync(new EventQuery { Trigger = "t" });

        page.Events.Should().ContainSingle().Which.Firing!.TriggerId.Should().Be("t");
        (page.Examined, page.Cursor).Should().Be((4, null));
    }

    [Fact]
    public async Task List_OfAFilterThatFewMatch_SaysHowFarItCame()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var last = (await host.Bus.PublishAsync(new OrderPlaced(0), new PublishOptions { CorrelationId = "x" })).Id;
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 450).Select(static n => new OrderPlaced(n))]);
        var (query, pages, cursor) = (new EventQuery { CorrelationId = "x" }, new List<EventPage>(), (string?)null);
        do
        {
            pages.Add(await host.Events.ListAsync(query, cursor));
            cursor = pages[^1].Cursor;
        }
        while (cursor is not null);

        pages.Select(static page => page.Examined).Should().Equal(200, 200, 51);
        pages.Select(static page => page.Events.Count).Should().Equal(0, 0, 1);
        pages[2].Events[0].Id.Should().Be(last);
    }

    [Fact]
    public async Task List_OfLargeEvents_EndsAPageEarly()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        for (var n = 0; n < 9; n++)
        {
            await host.Bus.PublishAsync(new OrderPlaced(n, new string('x', 40_000)));
        }

        var first = await host.Events.ListAsync(new EventQuery());
        var second = await host.Events.ListAsync(new EventQuery(), first.Cursor);
        var third = await host.Events.ListAsync(new EventQuery(), second.Cursor);

        (first.Events.Count, second.Events.Count, third.Events.Count, third.Cursor).Should().Be((3, 3, 3, null));
    }

    [Fact]
    public async Task List_OfAListOfMoreThanTenThousand_SaysSo()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var (keys, ids) = (host.Keyspace.Partitions[0].Keys, new List<string>());
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 300).Select(static n => new OrderPlaced(n))]);
        await redis.Database.ListRightPushAsync(
            keys.Of("default").Ready, [.. Enumerable.Range(0, 10_000).Select(n => (RedisValue)$"n{n}")]);
        var (cursor, isTruncated) = ((string?)null, false);
        do
        {
            var page = await host.Events.ListAsync(new EventQuery { Status = DeliveryStatus.Ready }, cursor, 200);
            ids.AddRange(page.Events.Select(static one => one.Id));
            (cursor, isTruncated) = (page.Cursor, page.IsTruncated);
        }
        while (cursor is not null);

        ids.Should().HaveCount(300).And.OnlyHaveUniqueItems();
        isTruncated.Should().BeTrue();
        var query = async () => await host.Events.QueryAsync(new EventQuery()).ToListAsync();
        (await query.Should().ThrowAsync<IncompleteResultException>().WithMessage("*partition 0*10,000*")).Which
            .UnreadPartitions.Should().Equal(0);
    }

    // Many are published between two pages of a list: none is listed twice for that, and none is missed.
    [Fact]
    public async Task List_OfAListThatGrowsMeanwhile_GoesOnWhereItWas()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        var ids = (await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 90).Select(static n => new OrderPlaced(n))]))
            .Select(static one => one.Id).ToArray();
        var (query, found, cursor) = (new EventQuery { Status = DeliveryStatus.Ready }, new List<string>(), (string?)null);
        do
        {
            var page = await host.Events.ListAsync(query, cursor, 25);
            found.AddRange(page.Events.Select(static one => one.Id));
            cursor = page.Cursor;
            await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 150).Select(static n => new OrderPlaced(n))]);
        }
        while (cursor is not null);

        found.Should().BeEquivalentTo(ids);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ListUnrouted_GoesThroughTheTypes(int partitions)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions, time: clock);
        var ids = new List<string>();
        for (var n = 0; n < 40; n++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            var options = PublishResults.Spread();
            var published = n % 4 == 0
                ? await host.Bus.PublishAsync(new Reminder(n), options)
                : await host.Bus.PublishAsync(new OrderPlaced(n), options);
            ids.Add(published.Id);
        }

        await host.Events.CancelAsync(ids[5]);
        async Task<List<string>> AllAsync(string? type)
        {
            var (found, cursor) = (new List<string>(), (string?)null);
            do
            {
                var page = await host.Events.ListUnroutedAsync(type, cursor, 7);
                found.AddRange(page.Events.Select(static one => one.Id));
                cursor = page.Cursor;
            }
            while (cursor is not null);
            return found;
        }

        var all = await AllAsync(null);
        var reminders = ids.Where(static (_, n) => n % 4 == 0).Reverse().ToArray();
        all.Should().BeEquivalentTo(ids.Except([ids[5]]));
        (await AllAsync("order.reminder")).Should().Equal(reminders);
        (await AllAsync("order.paid")).Should().BeEmpty();
        if (partitions == 1)
        {
            all.Should().Equal([.. ids.Where(static (_, n) => n % 4 != 0 && n != 5).Reverse(), .. reminders]);
        }
    }

    private static Func<string?, int, Task>[] Doors(TestHost host) =>
    [
        async (cursor, limit) => await host.Events.ListAsync(new EventQuery(), cursor, limit),
        async (cursor, limit) => await host.Events.ListUnroutedAsync(null, cursor, limit),
        async (cursor, limit) => await host.Triggers.ListAsync(new TriggerQuery(), cursor, limit),
        async (cursor, limit) => await host.Triggers.ListAsync(new TriggerQuery { Tag = "x" }, cursor, limit),
    ];
}
