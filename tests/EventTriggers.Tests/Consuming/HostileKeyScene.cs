using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>Deliveries in every status, beside a group and triggers that must go on.</summary>
internal sealed class HostileKeyScene : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _clock = Clock.At2030();
    private readonly ManualConsumer _consumer;
    private readonly ManualConsumer _other;
    private readonly ManualConsumer _triggers;
    private readonly RepairDuty _repair;
    private readonly List<string> _handled = [];
    private readonly List<string> _given = [];
    private readonly List<string> _canceled = [];
    private readonly List<Settlement> _outcomes = [];

    public HostileKeyScene(RedisFixture redis)
    {
        Host = TestHost.Create(
            redis, configure: static options => (
                options.LeaseDuration, options.RenewalInterval, options.MaxCrashes) = (Lease, Lease / 4, 100), time: _clock);
        (_consumer, _other, _triggers) = (
            new ManualConsumer(Host, time: _clock), new ManualConsumer(Host, "other", time: _clock), new ManualConsumer(
                Host, TriggerMatcher.Group, time: _clock));
        _repair = new RepairDuty(Host.Keyspace, Host.Keyspace.Partitions[0], Host.Logger(), ManualConsumer.Unpaced);
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

    public async Task RepairAsync()
    {
        do
        {
            await _repair.RunOnceAsync();
        }
        while (!_repair.IsThrough);
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
                await RepairAsync();
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
