using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Publishing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Events;

/// <summary>The key of an event: its id, its partition, and how it is stored and read.</summary>
public sealed class KeyTests(RedisFixture redis)
{
    private const int Several = 5;

    private static readonly string Longest = new('k', 200);

    public static TheoryData<string, string> BadKeys => new()
    {
        { "", "The key of an event must have 1 to 200 characters of A–Z a–z 0–9 . _ : -, but is empty.*" },
        { new string('k', 201), "The key of an event must have 1 to 200 characters, but has 201: 'kkk*" },
        { "order/7", "The key of an event must consist of A–Z a–z 0–9 . _ : -, but 'order/7' has U+002F at 5.*" },
        { "order 7", "*'order 7' has U+0020 at 5.*" },
        { "örder", "*has U+00F6 at 0.*" },
        { "a@1", "*has U+0040 at 1.*" },
        { "a=1", "*has U+003D at 1.*" },
        { "a~1", "*has U+007E at 1.*" },
        { "a+1", "*has U+002B at 1.*" },
        { "{a}", "*has U+007B at 0.*" },
        { "a\n", "*'a\\u000a' has U+000A at 1.*" },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(Several)]
    public async Task Publish_WithAKey_BeginsItsIdWithIt_AndStoresIt(int partitions)
    {
        var handled = new TaskCompletionSource<(string Id, string? Key)>();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                handled.TrySetResult((context.Id, context.Key));
                return default;
            }),
            options => options.Partitions = partitions);

        var id = (await host.Bus.PublishAsync(new OrderPlaced(7), new() { Key = "order-7" })).Id;

        id.Should().MatchRegex("^order-7/[0-9A-Za-z]{22}$");
        var fields = await FieldsAsync(host, id);
        fields.Should().Contain("key", "order-7").And.HaveCount(4, "it has type, at, data and the key");
        (await host.Events.FindAsync(id))!.Key.Should().Be("order-7");
        host.Start();
        (await Wait.ForAsync(handled.Task)).Should().Be((id, "order-7"));
    }

    [Fact]
    public async Task Publish_WithoutAKey_StoresNone()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");

        var plain = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        var other = (await host.Bus.PublishAsync(new OrderPlaced(2), new() { CorrelationId = "c" })).Id;

        plain.Should().MatchRegex("^[0-9A-Za-z]{22}$");
        (await FieldsAsync(host, plain)).Should().NotContainKey("key");
        (await FieldsAsync(host, other)).Should().NotContainKey("key").And.Contain("correlation", "c");
        (await host.Events.FindAsync(plain))!.Key.Should().BeNull();
        (await consumer.ClaimAsync()).Select(static lease => lease.Delivery.Key).Should().Equal(null, null);
    }

    [Fact]
    public async Task Publish_WithAKey_KeepsItsOtherOptions()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, time: clock);
        await consumer.SubscribeAsync("order.placed");
        var options = new PublishOptions
        {
            Key = "order-7", Id = "order-7/placed", CorrelationId = "c", Delay = TimeSpan.FromMinutes(1),
            ExpiresAfter = TimeSpan.FromHours(1), Headers = new Dictionary<string, string> { ["tenant"] = "acme" },
            CancelOn = EventCondition.On("order.paid"),
        };

        (await host.Bus.PublishAsync(new OrderPlaced(7), options)).Outcome.Should().Be(PublishOutcome.Accepted);
        (await host.Bus.PublishAsync(new OrderPlaced(7), options)).Outcome.Should().Be(PublishOutcome.Repeated);

        var found = (await host.Events.FindAsync("order-7/placed"))!;
        (found.Key, found.CorrelationId, found.Headers["tenant"]).Should().Be(("order-7", "c", "acme"));
        (found.DueAt, found.ExpiresAt).Should().Be((clock.GetUtcNow().AddMinutes(1), clock.GetUtcNow().AddHours(1)));
        clock.Advance(TimeSpan.FromMinutes(1));
        var delivery = (await consumer.ClaimOneAsync()).Delivery;
        (delivery.Key, delivery.CorrelationId, delivery.CancelOn is null).Should().Be(("order-7", "c", false));
    }

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Publish_WithABadKey_IsRefusedByEachMember(string key, string message)
    {
        await using var host = TestHost.Create(redis);
        var options = new PublishOptions { Key = key };
        var json = "1"u8.ToArray();
        Func<Task>[] all =
        [
            () => host.Bus.PublishAsync(new OrderPlaced(1), options).AsTask(),
            () => host.Bus.PublishRawAsync("raw", json, options).AsTask(),
            () => host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)], options).AsTask(),
            () => host.Bus.PublishManyAsync([EventToPublish.Of(new OrderPlaced(1)), EventToPublish.Of(new Reminder(1), options)]).AsTask(),
            () => host.Bus.PublishManyAsync([EventToPublish.Raw("raw", json, options)]).AsTask(),
        ];

        foreach (var publish in all)
        {
            await publish.Should().ThrowAsync<ArgumentException>().WithMessage(message);
        }

        (await host.Events.CountUnroutedAsync()).Types.Should().BeEmpty("nothing was published");
    }

    // Whatever reads ids takes the one that begins with the longest key, and that of its follow-up.
    [Theory]
    [InlineData(1)]
    [InlineData(Several)]
    public async Task Publish_WithTheLongestKey_HasAnIdThatIsTakenEverywhere(int partitions)
    {
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.Publish(new Reminder(1), new() { Delay = TimeSpan.FromHours(1) });
                return default;
            }).AddHandler<Reminder>(static (_, _) => default),
            options => options.Partitions = partitions).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(7), new() { Key = Longest })).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Delayed == 1, "the follow-up is recorded");

        var query = new EventQuery { IdPrefix = $"{Longest}/+" };
        var followUp = (await host.Events.QueryAsync(query).ToListAsync()).Should().ContainSingle().Subject;
        (id.Length, followUp.Id.Length, followUp.Key).Should().Be((223, 224, Longest));
        (await host.Events.FindAsync(id))!.Key.Should().Be(Longest);
        (await host.Events.RedriveAsync(id)).Should().NotBe(RedriveOutcome.Redriven);
        (await host.Events.CancelAsync(followUp.Id)).Should().Be(CancelOutcome.Canceled);
    }

    [Fact]
    public async Task Publish_OfManyKeys_KeepsAKeyInOnePartition_AndSpreadsTheKeys()
    {
        await using var host = TestHost.Create(redis, configure: static options => options.Partitions = Several);
        await host.Keyspace.EnsureReadyAsync();
        var placed = new Dictionary<string, HashSet<int>>();
        foreach (var key in Enumerable.Range(0, 20).Select(static n => $"order-{n}"))
        {
            var results = await host.Bus.PublishManyAsync([new OrderPlaced(1), new OrderPlaced(2)], new() { Key = key });
            var own = await host.Bus.PublishAsync(new OrderPlaced(3), new() { Key = key, Id = $"{key}/own" });
            placed[key] = [.. await Task.WhenAll(results.Append(own).Select(result => PartitionAsync(host, result.Id)))];
        }

        placed.Values.Should().OnlyContain(static partitions => partitions.Count == 1);
        placed.Values.SelectMany(static partitions => partitions).Distinct().Should().HaveCount(Several);
    }

    [Fact]
    public async Task Publish_WithAnIdThatDoesNotBeginWithTheKey_IsRefused_WhereThereAreSeveralPartitions()
    {
        await using var one = TestHost.Create(redis);
        await using var several = TestHost.Create(redis, configure: static options => options.Partitions = Several);
        foreach (var id in new[] { "other", "order-7", "order-77/x", "order-7:x", "other/order-7/" })
        {
            var options = new PublishOptions { Key = "order-7", Id = id };
            var publish = () => several.Bus.PublishAsync(new OrderPlaced(7), options).AsTask();

            await publish.Should().ThrowAsync<ArgumentException>().WithMessage(
                "With 5 partitions, the id of an event with a key must begin with the key and a '/'*"
                + $"but the id is '{id}' and the key is 'order-7'.*");
            (await one.Bus.PublishAsync(new OrderPlaced(7), options)).Id.Should().Be(id);
            (await one.Events.FindAsync(id))!.Key.Should().Be("order-7");
        }

        (await several.Events.CountUnroutedAsync()).Types.Should().BeEmpty();
    }

    [Fact]
    public async Task PublishMany_OfAllKinds_GivesEachItsOwnKey()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed", "order.reminder", "raw");

        var ids = (await host.Bus.PublishManyAsync(
        [
            EventToPublish.Of(new OrderPlaced(1)),
            EventToPublish.Of(new OrderPlaced(2), new() { Key = "a" }),
            EventToPublish.Of(new Reminder(3), new() { CorrelationId = "c", Key = "b" }),
            EventToPublish.Of(new Reminder(4), new() { CorrelationId = "c" }),
            EventToPublish.Raw("raw", "5"u8.ToArray(), new() { Key = "a", Id = "own" }),
            EventToPublish.Of(new OrderPlaced(6)),
        ])).Ids();

        var claimed = (await consumer.ClaimAllAsync()).ToDictionary(static lease => lease.Delivery.Id, static lease => lease.Delivery.Key);
        ids.Select(id => claimed[id]).Should().Equal(null, "a", "b", null, "a", null);
        var stored = await Task.WhenAll(ids.Select(async id => (await FieldsAsync(host, id)).GetValueOrDefault("key")));
        stored.Should().Equal(null, "a", "b", null, "a", null);
    }

    // Redis keeps a hash compact as long as each of its values has at most 64 bytes: pieces of a payload do not help beside a longer key.
    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public async Task Publish_WithALongKey_KeepsThePayloadWhole(int length, bool hasPieces)
    {
        await using var host = TestHost.Create(redis);

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1, new string('x', 150)), new() { Key = new string('k', length) })).Id;

        (await FieldsAsync(host, id)).ContainsKey("data:2").Should().Be(hasPieces);
        (await host.Events.FindAsync(id))!.Payload.Length.Should().BeGreaterThan(150);
    }

    [Fact]
    public void AnEventWithNothingButAKey_IsOneRun()
    {
        var call = new ScriptCall();
        var keyed = OutgoingOptions.None with { Key = "k" };

        PublishArguments.AddEvents(
            call, [new OutgoingEvent("a", "t", "1"u8.ToArray(), keyed), new OutgoingEvent("b", "t", "2"u8.ToArray(), null)]);

        call.Arguments.ToArray().Select(static argument => (string?)argument).Should()
            .Equal("t", "0", "1", "", "", "", "", "", "", "", "", "k", "", "", "t", "1", "2");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a b")]
    public async Task AKeyThatSomethingElseWrote_IsReported(string key)
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1), new() { Key = "k" })).Id;
        await redis.Database.HashSetAsync($"{{{host.Prefix}:0}}:event:{id}", "key", key);

        var delivery = (await consumer.ClaimOneAsync()).Delivery;

        (delivery.Key, delivery.Unreadable).Should().Be((null, $"Field 'key' holds '{key}', which is not the key of an event."));
        var found = (await host.Events.FindAsync(id))!;
        (found.Key, found.Unreadable).Should().Be((null, $"Field 'key' holds '{key}', which is not the key of an event."));
    }

    private static async Task<int> PartitionAsync(RedisFixture redis, string prefix, string id)
    {
        var found = new List<int>();
        for (var partition = 0; partition < Several; partition++)
        {
            if (await redis.Database.KeyExistsAsync($"{{{prefix}:{partition}}}:event:{id}"))
            {
                found.Add(partition);
            }
        }

        return found.Should().ContainSingle("event {0} is in one partition", id).Subject;
    }

    private Task<int> PartitionAsync(TestHost host, string id) => PartitionAsync(redis, host.Prefix, id);

    private async Task<Dictionary<string, string>> FieldsAsync(TestHost host, string id)
    {
        var partition = host.Keyspace.Partitions.Count == 1 ? 0 : await PartitionAsync(host, id);
        var hash = await redis.Database.HashGetAllAsync($"{{{host.Prefix}:{partition}}}:event:{id}");
        return hash.ToStringDictionary();
    }
}
