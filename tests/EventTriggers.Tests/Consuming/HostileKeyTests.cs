using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Each key of a group, of a type and of a partition holds something of another type than it must, while deliveries are in every status and
/// while every duty runs. Other groups and types go on as if it were not there; when it is removed, each delivery of the group comes to its
/// end, and is where its status says. They have a server of their own: mending looks through all keys that a server has.
/// </summary>
public sealed class HostileKeyTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string> Cases => HostileKeys.Cases(
        ("ready:default", "list"), ("quarantine:default", "list"), ("delayed:default", "zset"), ("leased:default", "zset"),
        ("done:default", "zset"), ("dead:default", "zset"),
        ("ended:default", "zset"), ("waiting:default", "zset"), ("ready:$triggers", "list"), ("leased:$triggers", "zset"),
        ("done:$triggers", "zset"), ("routes:order.placed", "set"),
        ("unrouted:order.placed", "list"), (
            "unrouted:nobody.takes", "list"), ("unrouted", "zset"), ("lanes", "hash"), ("leader", "string"), ("shared", "string"),
                ("number", "string"),
        ("triggers", "zset"), ("triggers:ended", "zset"), ("strays", "zset"), ("repair", "string"), ("foreign", "zset"),
        ("parked:default", "zset"), ("parked:default:order.placed", "list"), ("handlers:default:order.placed", "zset"));

    [Theory]
    [Trait("Fault", "120")]
    [MemberData(nameof(Cases))]
    public async Task AKeyOfAnotherType_IsNobodyElsesTrouble_AndNothingIsLost(string name, string type)
    {
        await using var scene = new Scene(redis);
        await scene.PrepareAsync();
        RedisKey key = $"{{{scene.Host.Prefix}:0}}:{name}";
        if (redis.IsGarnet
            && name.Split(':')[0] is "ready" or "quarantine" or "delayed" or "leased" or "done" or "dead"
            && await redis.Database.KeyExistsAsync(key))
        {
            // Its scripts cannot look through keys: nothing else tells what the index held.
            await HostileKeys.MoveAwayAsync(redis.Database, key);
        }

        await HostileKeys.WriteAsync(redis.Database, key, type);

        await scene.WorkAsync();
        var unfiled = await scene.UnfiledAsync(key);
        await scene.OthersGoOnAsync();
        await scene.MendAsync();
        var told = scene.Host.Log.Texts.Where(static text => text.StartsWith("The key '", StringComparison.Ordinal)).ToArray();
        await HostileKeys.RemoveAsync(redis.Database, key);
        await scene.ComeToAnEndAsync();

        unfiled.Should().BeEmpty("each is where its status says, or noted as a stray");

        // Scripts write these anew, whatever they hold; and what tells cannot be told by itself.
        if (name is not ("leader" or "shared" or "number" or "waiting:default" or "strays" or "repair" or "foreign" or "triggers:ended"))
        {
            told.Should().ContainSingle().Which.Should().Contain($"'{key}' holds a {type} ");
        }
    }

    // One caller's events wait for a key that another's do not need, in one call.
    [Fact]
    public async Task Publish_BesideOneThatCannotBeWritten_IsAccepted()
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await new ManualConsumer(host, "other").SubscribeAsync("order.reminder");
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:ready:default", "string");

        var all = Enumerable.Range(0, 400)
            .Select(n => n % 2 == 0 ? host.Bus.PublishAsync(new OrderPlaced(n)).AsTask() : host.Bus.PublishAsync(new Reminder(n)).AsTask())
            .ToArray();
        await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default);

        all.Where((_, n) => n % 2 == 0).Should().OnlyContain(static one => one.Exception!.InnerException is InvalidOperationException);
        all.Where((_, n) => n % 2 == 1).Should().OnlyContain(static one => one.IsCompletedSuccessfully);
        (await host.Events.CountAsync("other")).Ready.Should().Be(200);
    }

    [Theory]
    [InlineData("ready:default")]
    [InlineData("leased:default")]
    public async Task AGroupThatCannotBeClaimed_LeavesTheOthersOfTheSameCall(string name)
    {
        await using var host = TestHost.Create(redis);
        await new ManualConsumer(host).SubscribeAsync("order.placed");
        await new ManualConsumer(host, "other").SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{name}", "hash");
        DeliveryQueue[] groups = [new("default", 10), new("other", 10)];

        var report = await new Claimer(
            host.Keyspace, host.Keyspace.Partitions[0], groups, TimeProvider.System, host.Logger()).RunOnceAsync(consumer: null);

        groups.Select(static group => group.Held.Count).Should().Equal(0, 1);
        report.Groups.Select(static group => group.Left).Should().Equal([0L, 0L], "a loop would ask at once again for what is left");
    }

    [Theory]
    [InlineData("ready:default")]
    [InlineData("quarantine:default")]
    [InlineData("leased:default")]
    [InlineData("dead:default")]
    [InlineData("parked:default")]
    public async Task Count_OfAKeyOfAnotherType_NamesIt(string name)
    {
        await using var host = TestHost.Create(redis);
        await host.Keyspace.EnsureReadyAsync();
        await HostileKeys.WriteAsync(redis.Database, $"{{{host.Prefix}:0}}:{name}", "string");

        var count = async () => await host.Events.CountAsync();
        var query = async () => await host.Events.QueryAsync(new EventQuery()).ToListAsync();

        await count.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*:{name}' holds a string*");
        await query.Should().ThrowAsync<InvalidOperationException>().WithMessage($"*:{name}' holds a String*");
    }

    // What is known not to be in its list is put there, although a list so long is not searched.
    [Fact]
    public async Task ADeliveryThatCouldNotBePutIntoItsList_IsPutIntoALongOneToo()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var ready = $"{{{host.Prefix}:0}}:ready:default";
        await HostileKeys.WriteAsync(redis.Database, ready, "string");
        await consumer.SettleAsync(lease, Outcome.Release);
        await redis.Database.KeyDeleteAsync(ready);
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 1100).Select(static n => new OrderPlaced(n))]);

        await consumer.MendAsync();

        (await redis.Database.ListRangeAsync(ready)).Should().Contain(lease.Delivery.Id);
        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:strays")).Should().BeFalse();
    }

    // The same call finds it among the strays and among the keys.
    [Fact]
    public async Task ADeliveryThatCouldNotBePutIntoItsList_IsPutThereOnce()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        var lease = await consumer.ClaimOneAsync();
        var ready = $"{{{host.Prefix}:0}}:ready:default";
        await HostileKeys.WriteAsync(redis.Database, ready, "string");
        await consumer.SettleAsync(lease, Outcome.Release);
        await redis.Database.KeyDeleteAsync(ready);

        await host.Keyspace.Scripts.RunAsync(new RepairRequest
        {
            Partition = host.Keyspace.Partitions[0],
            Now = "",
            LeaseDuration = TimeSpan.FromSeconds(1),
            Count = 10_000_000,
            CanScan = true,
            Factor = 0,
            Least = TimeSpan.Zero,
            Rest = TimeSpan.Zero,
            Took = TimeSpan.Zero,
        });

        (await redis.Database.ListRangeAsync(ready)).Should().Equal(lease.Delivery.Id);
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly FakeTimeProvider _clock = Clock.At2030();
        private readonly ManualConsumer _consumer;
        private readonly ManualConsumer _other;
        private readonly ManualConsumer _triggers;
        private readonly RepairDuty _mend;
        private readonly List<string> _handled = [];
        private readonly List<string> _given = [];
        private readonly List<string> _canceled = [];
        private readonly List<Settlement> _outcomes = [];

        public Scene(RedisFixture redis)
        {
            Host = TestHost.Create(
                redis, configure: static options => (
                    options.LeaseDuration, options.RenewalInterval, options.MaxCrashes) = (Lease, Lease / 4, 100), time: _clock);
            (_consumer, _other, _triggers) = (
                new ManualConsumer(Host, time: _clock), new ManualConsumer(Host, "other", time: _clock), new ManualConsumer(
                    Host, TriggerMatcher.Group, time: _clock));
            _mend = new RepairDuty(Host.Keyspace, Host.Keyspace.Partitions[0], Host.Logger(), ManualConsumer.Unpaced);
        }

        public TestHost Host { get; }

        public ValueTask DisposeAsync() => Host.DisposeAsync();

        // Deliveries in every status, and leases with every outcome.
        public async Task PrepareAsync()
        {
            await _consumer.SubscribeAsync("order.placed");
            await _other.SubscribeAsync("order.reminder");
            await PublishAsync(12);
            var leases = await _consumer.ClaimAllAsync();
            await _consumer.SettleAsync(
                [
                    new(leases[0], Outcome.Done), new(leases[1], Outcome.Dead) { Failure = new InvalidOperationException("x") },
                    new(leases[2], Outcome.Retry) { Delay = Lease },
                ]);
            foreach (var lease in leases.Skip(10))
            {
                await Host.Keyspace.Database.HashSetAsync(Host.Keyspace.Partitions[0].Keys.Event(lease.Delivery.Id), "crashes:default", 2);
            }

            await _consumer.SettleAsync(leases[10], Outcome.Release);
            Outcome[] outcomes = [Outcome.Done, Outcome.Dead, Outcome.Retry, Outcome.Release, Outcome.Skip, Outcome.Done];
            _outcomes.AddRange(outcomes.Select((outcome, i) => new Settlement(leases[3 + i], outcome)
            {
                Delay = TimeSpan.FromSeconds(1), Failure = outcome == Outcome.Dead ? new InvalidOperationException("x") : null,
                FollowUps = i == 5 ? [FollowUp("order.placed"), FollowUp("order.reminder"), FollowUp("nobody.takes")] : [],
            }));
            _outcomes.Add(new Settlement(leases[11], Outcome.Release));
            _canceled.Add((await Host.Bus.PublishAsync(new OrderPlaced(100), new PublishOptions { Delay = Lease })).Id);
            await Host.Events.CancelAsync(_canceled[0]);
            _canceled.Add((await Host.Bus.PublishAsync(new OrderPlaced(100), new PublishOptions { Delay = Lease })).Id);
            _handled.Add((await Host.Bus.PublishAsync(new OrderPlaced(101), new PublishOptions { Delay = Lease / 2 })).Id);
            await PublishAsync(2);
        }

        // Every duty, once; the leases that were left end.
        public async Task WorkAsync()
        {
            await _consumer.SettleAsync([.. _outcomes]);
            await TryAsync(async () => await Host.Events.CancelAsync(_canceled[1]));
            await TryAsync(() => PublishAsync(1));
            await TryAsync(
                async () => _handled.Add(
                    (await Host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Delay = TimeSpan.FromSeconds(1) })).Id));
            await _consumer.RenewAsync();
            _clock.Advance(2 * Lease);
            foreach (var consumer in (ManualConsumer[])[_consumer, _triggers])
            {
                await consumer.ReapAsync();
                await consumer.AdvanceAsync();
                await consumer.SweepAsync();
            }

            await _consumer.LookAfterUnhandledAsync();
            await _triggers.ClaimAsync();
            await _consumer.SubscribeAsync("order.placed");
            foreach (var lease in (await _consumer.ClaimAsync()).Take(1))
            {
                await _consumer.SettleAsync(lease, Outcome.Done);
            }
        }

        // What is in no index, but for what the key held before it was overwritten.
        public async Task<IReadOnlyList<string>> UnfiledAsync(RedisKey foreign)
        {
            var (unfiled, database, keys) = (new List<string>(), Host.Keyspace.Database, Host.Keyspace.Partitions[0].Keys);
            var settled = _outcomes.Select(static one => one.Lease.Delivery.Id)
                .Concat(((string[])["order.placed", "order.reminder", "nobody.takes"]).Select(static type => $"follow-up/{type}"))
                .ToArray();
            foreach (var id in settled.Concat(_given).Concat(_handled).Concat(_canceled).Distinct())
            {
                var hash = (await database.HashGetAllAsync(keys.Event(id))).ToStringDictionary();
                hash.Should().NotBeEmpty("{0} was accepted", id);
                foreach (var group in hash.Keys.Where(
                    static field => field.StartsWith(
                        "status:", StringComparison.Ordinal)).Select(static field => field[7..]).DefaultIfEmpty())
                {
                    var name = group is not null && hash.GetValueOrDefault($"fence:{group}", "1") is var fence and not "1"
                        ? $"{id}#{fence}"
                        : id;
                    var of = keys.Of(group ?? "-");
                    RedisKey[] indexes = group is null ? [keys.Unrouted(hash["type"])] : hash[$"status:{group}"].Split(' ')[0] switch
                    {
                        "ready" => [of.Ready, of.Quarantine, keys.Parked(group, hash["type"])],
                        "delayed" => [of.Delayed],
                        "leased" => [of.Leased],
                        "processed" => [of.Done],
                        "dead" => [of.Dead],
                        _ => [of.Ended, of.Ready],
                    };
                    if ((!indexes.Contains(foreign) || settled.Contains(id)) && !await IsFiledAsync(indexes, id, name, foreign))
                    {
                        unfiled.Add($"{id} {group} {hash.GetValueOrDefault($"status:{group}")}");
                    }
                }
            }

            return unfiled;
        }

        private async Task<bool> IsFiledAsync(RedisKey[] indexes, string id, string lease, RedisKey foreign)
        {
            var database = Host.Keyspace.Database;
            foreach (var index in indexes.Append($"{{{Host.Prefix}:0}}:strays").Where(index => index != foreign))
            {
                var members = await database.KeyTypeAsync(index) == RedisType.List
                    ? await database.ListRangeAsync(index)
                    : await database.SortedSetRangeByRankAsync(index);
                if (members.Contains(id) || members.Contains(lease) || members.Contains($"event:{id}"))
                {
                    return true;
                }
            }

            return false;
        }

        public async Task OthersGoOnAsync()
        {
            await TryAsync(async () => await Host.Bus.PublishAsync(new Reminder(1)));
            var leases = await _other.ClaimAllAsync();
            leases.Select(static lease => lease.Delivery.Type).Distinct().Should().Equal("order.reminder");
            await _other.SettleAsync([.. leases.Select(static lease => new Settlement(lease, Outcome.Done))]);
            (await Host.Events.CountAsync("other")).Should()
                .BeEquivalentTo(new { Ready = 0L, Leased = 0L, Delayed = 0L, Dead = 0L, Processed = (long)leases.Count });
        }

        public async Task MendAsync()
        {
            do
            {
                await _mend.RunOnceAsync();
            }
            while (!_mend.IsThrough);
        }

        // Nobody does anything but what loops do by themselves.
        public async Task ComeToAnEndAsync()
        {
            // Twice in a lease, as idle consumers do: the server takes leases away where it has heard of somebody.
            for (var round = 0; round < 16; round++)
            {
                await _consumer.SubscribeAsync("order.placed");

                // Once a minute.
                if (round % 6 == 0)
                {
                    await MendAsync();
                }

                foreach (var consumer in (ManualConsumer[])[_consumer, _other])
                {
                    await consumer.SettleAsync(
                        [.. (await consumer.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Done))]);
                    await consumer.ReapAsync();
                }

                _clock.Advance(Lease / 2);
            }

            foreach (var dead in (string[])[_given[1], _given[4]])
            {
                (await Host.Events.RedriveAsync(dead)).Should().Be(RedriveOutcome.Redriven, "it is a dead letter");
            }

            await _consumer.SettleAsync([.. (await _consumer.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Done))]);
            foreach (var id in _given.Concat(_handled))
            {
                (await Host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Status.Should()
                    .Be(DeliveryStatus.Processed, "{0} is handled", id);
            }

            var canceled = 0;
            foreach (var id in _canceled)
            {
                canceled += (await Host.Events.FindAsync(id))!.Deliveries.Single().Status == DeliveryStatus.Canceled ? 1 : 0;
            }

            // And of the first batch one follow-up more.
            (await Host.Events.CountAsync()).Should().BeEquivalentTo(
                new { Ready = 0L, Leased = 0L, Delayed = 0L, Dead = 0L,
                    Processed = (long)(_given.Count + _handled.Count + _canceled.Count - canceled + 1) });
            (await Host.Events.QueryUnroutedAsync("nobody.takes").ToListAsync()).Should().ContainSingle();
            (await Host.Events.CountUnroutedAsync()).Types.Should().ContainSingle().Which.Count.Should().Be(1);
            (await Host.Keyspace.Database.KeyExistsAsync($"{{{Host.Prefix}:0}}:strays")).Should().BeFalse();
        }

        private static OutgoingEvent FollowUp(string type) => new($"follow-up/{type}", type, "{\"number\":7}"u8.ToArray(), null);

        private async Task PublishAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                _given.Add((await Host.Bus.PublishAsync(new OrderPlaced(i))).Id);
            }
        }

        // Who asks for what needs the key is told so by its name.
        private static async Task TryAsync(Func<Task> operate)
        {
            try
            {
                await operate();
            }
            catch (InvalidOperationException e)
            {
                e.Message.Should().MatchRegex("^The key '.*' holds a .* that EventTriggers did not write; nothing was changed");
            }
        }
    }
}
