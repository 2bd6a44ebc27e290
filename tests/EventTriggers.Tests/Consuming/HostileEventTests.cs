using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Every field of an event's hash, in every status, holds every kind of wrong value once; and the key something else than a hash. Whatever
/// becomes of that event: its neighbours are claimed, settled, renewed, reaped, redriven, cancelled, repaired, found, queried and counted
/// as if it were not there.
/// </summary>
public sealed class HostileEventTests(RedisFixture redis)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    private static readonly string[] Fields =
    [
        "type", "at", "data", "data:2", "correlation", "headers", "due", "expires", "firing", "sources", "subs", "depth", "cancelon",
        "key", "refs", "status", "status:default",
        "attempt:default", "fence:default", "crashes:default", "handled:default", "error:default", "cancel:default",
    ];

    public static TheoryData<string> Statuses =>
        [
            "ready", "again", "quarantined", "parked", "parked quarantined", "delayed", "leased", "leased again", "processed", "dead",
            "canceled", "unrouted",
        ];

    [Theory]
    [Trait("Fault", "112")]
    [MemberData(nameof(Statuses))]
    public async Task AnEventThatCannotBeRead_IsNobodyElsesTrouble(string status)
    {
        var troubles = new List<string>();
        var cases = Fields.SelectMany(static field => HostileValues.Names.Select(value => (Field: field, Value: value)))
            .Append(("", HostileValues.OtherKey)).Chunk(24);
        foreach (var some in cases)
        {
            // Several at a time, among others: what stops a batch is seen at each of them.
            await TryAsync(status, some, troubles);
        }

        troubles.Should().BeEmpty();
    }

    private async Task TryAsync(string status, (string Field, string Value)[] cases, List<string> troubles)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: static options => options.LeaseDuration = Lease, time: clock);
        var scene = new Scene(host, new ManualConsumer(host, time: clock), clock, redis.Database);
        await scene.PrepareAsync(status, cases.Length);
        for (var i = 0; i < cases.Length; i++)
        {
            await HostileValues.WriteAsync(redis.Database, scene.KeyOf(scene.Bad[i]), cases[i].Field, cases[i].Value);
        }

        try
        {
            await scene.PlayAsync(status);
        }
        catch (Exception e)
        {
            troubles.Add(
                $"{status}: {string.Join(", ", cases.Select(static one => $"{one.Field}={one.Value}"))}: {e.GetType().Name} "
                + $"{Excerpt.Of(e.Message, 300)} "
                + $"{e.StackTrace!.Split('\n').FirstOrDefault(static line => line.Contains("Scene", StringComparison.Ordinal))}");
        }
    }

    private sealed class Scene(TestHost host, ManualConsumer consumer, FakeTimeProvider clock, IDatabase database)
    {
        private readonly List<string> _good = [];
        private IReadOnlyList<Lease> _leases = [];

        public List<string> Bad { get; } = [];

        public RedisKey KeyOf(string id) => $"{{{host.Prefix}:0}}:event:{id}";

        public async Task PrepareAsync(string status, int bad)
        {
            if (status != "unrouted")
            {
                await consumer.SubscribeAsync("order.placed");
            }

            var options = status == "delayed" ? new PublishOptions { Delay = TimeSpan.FromSeconds(5) } : null;
            for (var i = 0; i < bad; i++)
            {
                _good.Add((await host.Bus.PublishAsync(new OrderPlaced(2 * i), options)).Id);
                Bad.Add((await host.Bus.PublishAsync(new OrderPlaced((2 * i) + 1, new string('x', 100)), options)).Id);
            }

            _good.Add((await host.Bus.PublishAsync(new OrderPlaced(-1), options)).Id);
            await BringToAsync(status);
        }

        private async Task BringToAsync(string status)
        {
            if (status is "again" or "leased again")
            {
                await SettleAsync(await consumer.ClaimAllAsync(), Outcome.Release);
            }

            if (status is "parked")
            {
                await SettleAsync(await consumer.ClaimAllAsync(), Outcome.Skip);
            }

            if (status is "quarantined" or "parked quarantined")
            {
                foreach (var id in (IEnumerable<string>)[.. Bad, .. _good])
                {
                    await database.HashSetAsync(KeyOf(id), "crashes:default", 2);
                }

                await SettleAsync(await consumer.ClaimAllAsync(), status is "quarantined" ? Outcome.Release : Outcome.Skip);
            }

            if (status is "leased" or "leased again" or "processed" or "dead")
            {
                _leases = await consumer.ClaimAllAsync();
                await SettleAsync(_leases, status switch { "processed" => Outcome.Done, "dead" => Outcome.Dead, _ => Outcome.Abandon });
            }

            foreach (var id in status == "canceled" ? (IEnumerable<string>)[.. Bad, .. _good] : [])
            {
                await host.Events.CancelAsync(id);
            }
        }

        private async Task SettleAsync(IReadOnlyList<Lease> leases, Outcome outcome)
        {
            if (outcome != Outcome.Abandon)
            {
                await consumer.SettleAsync([.. leases.Select(lease => new Settlement(lease, outcome))]);
            }
        }

        // The good ones go the way that their status leads to; everything else is asked for on the way.
        public async Task PlayAsync(string status)
        {
            await LookAsync(status is "unrouted" or "canceled" ? [] : _good);
            if (status is "leased" or "leased again")
            {
                await consumer.RenewAsync();
                var half = _leases.Where((_, i) => i % 4 < 2).ToArray();
                await consumer.SettleAsync(
                    [.. half.Select(static lease => new Settlement(lease, lease.Delivery.Id[^1] % 2 == 0 ? Outcome.Done : Outcome.Retry))]);
                clock.Advance(2 * Lease);
                await consumer.ReapAsync();
            }

            if (status is "dead")
            {
                await AllAsync(Bad, id => host.Events.RedriveAsync(id).AsTask());
                foreach (var id in _good)
                {
                    (await host.Events.RedriveAsync(id)).Should().Be(RedriveOutcome.Redriven);
                }
            }

            clock.Advance(TimeSpan.FromMinutes(1));
            await consumer.SubscribeAsync("order.placed");
            await consumer.RepairAsync();
            await consumer.LookAfterUnhandledAsync();
            await ConsumeAsync();
            await LookAsync(_good);

            var expected = status == "canceled" ? DeliveryStatus.Canceled : DeliveryStatus.Processed;
            foreach (var id in _good)
            {
                (await host.Events.FindAsync(id))!.Deliveries.Should().ContainSingle().Which.Status.Should()
                    .Be(expected, "{0} is not in the way of the others", id);
            }

            await AllAsync(Bad, id => host.Events.CancelAsync(id).AsTask());
            await AllAsync(Bad, id => host.Events.RedriveAsync(id).AsTask());
            await ConsumeAsync();
            await host.Bus.PublishAsync(new OrderPlaced(0));
            clock.Advance(TimeSpan.FromDays(40));
            await consumer.SweepAsync();
            await LookAsync([]);
        }

        // One's own trouble may be told to who asks about it: as what it is, and not as a failure of Redis or of a script.
        private static async Task AllAsync(IEnumerable<string> ids, Func<string, Task> operate)
        {
            foreach (var id in ids)
            {
                try
                {
                    await operate(id);
                }
                catch (InvalidOperationException e)
                {
                    e.Message.Should().ContainAny("did not write", "something else");
                }
            }
        }

        private async Task ConsumeAsync()
        {
            for (var round = 0; round < 60; round++)
            {
                var leases = await consumer.ClaimAllAsync();
                await consumer.SettleAsync(
                    [
                        .. leases.Select(
                            static lease => new Settlement(lease, lease.Delivery.Unreadable is null ? Outcome.Done : Outcome.Dead)),
                    ]);
                clock.Advance(TimeSpan.FromSeconds(1));

                // One whose due time was written far into the future waits for it.
                if (leases.Count == 0 && (await host.Events.CountAsync()) is { Ready: 0 } counts && (counts.Delayed == 0 || round > 15))
                {
                    return;
                }
            }

            throw new TimeoutException("Not everything is claimed.");
        }

        private async Task LookAsync(IReadOnlyCollection<string> expected)
        {
            foreach (var id in Bad)
            {
                await host.Events.FindAsync(id);
            }

            foreach (var one in Enum.GetValues<DeliveryStatus>())
            {
                await host.Events.QueryAsync(new EventQuery { Status = one }).CountAsync();
            }

            var all = await host.Events.QueryAsync(new EventQuery()).Select(static one => one.Id).ToListAsync();
            expected.Except(all).Should().BeEmpty("all of them are found");
            await host.Events.CountAsync();
        }
    }
}
