using CsCheck;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Random sequences of everything that can happen to deliveries with keys in a group that limits how many of a key begin, with a clock that
/// the test moves: never more begin than a plain GCRA and a look at every span of time allow, nothing waits that could begin, and whoever
/// sleeps until the moment that a claim names misses nothing.
/// </summary>
public sealed class KeyLimitModelTests(RedisFixture redis)
{
    private static readonly int Rounds = ModelRounds.Of(12);

    private static readonly Outcome[] Outcomes =
        [Outcome.Done, Outcome.Done, Outcome.Retry, Outcome.Dead, Outcome.Release, Outcome.Cancel];

    private static readonly string?[] Keys = ["a", "a", "a", "b", "c", null];

    public enum Step
    {
        Publish,
        PublishMore,
        PublishDelayed,
        PublishExpiring,
        Claim,
        ClaimMore,
        Settle,
        SettleMore,
        Return,
        Reap,
        Wait,
        WaitMore,
        Cancel,
        Redrive,
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task AnySequence_KeepsTheLimit_AndHoldsUpNothingElse(int? places) =>
        await Gen.Select(
                Gen.Enum<Step>(), Gen.Int[0, 999], static (step, choice) => (step, choice)).List[5, 80]
            .Select(Gen.Int[1, 4], Gen.Int[1, 3])
            .SampleAsync(one => RunAsync(one.Item1, places, one.Item2, one.Item3), iter: Rounds, threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps, int? places, int count, int burst)
    {
        var (clock, per) = (Clock.At2030(), TimeSpan.FromSeconds(10));
        await using var host = TestHost.Create(
            redis,
            configure: options =>
            {
                (options.LeaseDuration, options.MaxCrashes) = (KeyLimitModel.Lease, 1000);
                options.Groups[options.Group] = new GroupOptions
                {
                    ConcurrencyPerKey = places, LimitPerKey = new LimitOptions { Count = count, Per = per, Burst = burst },
                };
            },
            time: clock);
        var world = new World(host, clock, redis.Database, new KeyLimitModel(
            places ?? int.MaxValue, () => new RateLimitModel(count, (long)per.TotalMicroseconds, burst)));
        await world.BeginAsync();
        foreach (var (step, choice) in steps)
        {
            await world.StepAsync(step, choice);
        }

        await world.EndAsync();
    }

    private sealed class World(
        TestHost host, Microsoft.Extensions.Time.Testing.FakeTimeProvider clock, IDatabase database, KeyLimitModel model)
    {
        private readonly ManualConsumer _consumer = new(host, time: clock);
        private readonly List<Lease> _leases = [];

        private string Root => host.Keyspace.Partitions[0].Keys.Root.ToString();

        private DateTimeOffset Now => clock.GetUtcNow();

        public Task BeginAsync() => _consumer.SubscribeAsync("order.placed");

        public async Task StepAsync(Step step, int choice)
        {
            var chosen = model.All.Count == 0 ? null : model.All[choice % model.All.Count];
            switch (step)
            {
                case Step.Publish or Step.PublishMore or Step.PublishDelayed or Step.PublishExpiring:
                    await PublishAsync(Keys[choice % Keys.Length], step == Step.PublishDelayed, step == Step.PublishExpiring);
                    break;
                case Step.Claim or Step.ClaimMore:
                    await ClaimAsync();
                    break;
                case Step.Settle or Step.SettleMore or Step.Return when _leases.Count > 0:
                    await SettleAsync(_leases[choice % _leases.Count], step == Step.Return ? null : Outcomes[choice / 7 % Outcomes.Length]);
                    break;
                case Step.Reap:
                    await ReapAsync();
                    break;
                case Step.Wait or Step.WaitMore:
                    await WaitAsync(TimeSpan.FromMilliseconds(choice * (step == Step.Wait ? 1 : 25)));
                    break;
                case Step.Cancel when chosen is not null:
                    await host.Events.CancelAsync(chosen.Id);
                    KeyLimitModel.Cancel(chosen);
                    break;
                case Step.Redrive when chosen is not null:
                    await host.Events.RedriveAsync(chosen.Id);
                    KeyLimitModel.Redrive(chosen);
                    break;
            }
        }

        // Everything begins and ends if somebody works, and sleeps in between until the moment that the claim names.
        public async Task EndAsync()
        {
            await WaitAsync(KeyLimitModel.Lease);
            for (var round = 0; round < 500; round++)
            {
                await ReapAsync();
                await ClaimAsync();
                foreach (var lease in _leases.ToArray())
                {
                    await SettleAsync(lease, Outcome.Done);
                }

                await ClaimAsync();
                if (_consumer.NextDelayed < 0 && _leases.Count == 0)
                {
                    break;
                }

                await WaitAsync(DateTimeOffset.FromUnixTimeMilliseconds(_consumer.NextDelayed) - Now);
            }

            model.All.Should().NotContain(item => item.IsStartable(Now) || item.Status == DeliveryStatus.Delayed);
            foreach (var kind in new[] { "active", "backlogs", "backlogged", "limited" })
            {
                (await database.KeyExistsAsync($"{Root}:{kind}:{host.Keyspace.Options.Group}")).Should().BeFalse(kind);
            }
        }

        // Other consumers go on meanwhile, so that no lease is in doubt.
        private async Task WaitAsync(TimeSpan time)
        {
            clock.Advance(time > TimeSpan.Zero ? time : TimeSpan.Zero);
            await database.StringSetAsync($"{Root}:contact", Now.ToUnixTimeMilliseconds());
        }

        private async Task PublishAsync(string? key, bool delayed, bool expires)
        {
            var id = (await host.Bus.PublishAsync(new OrderPlaced(model.All.Count), new PublishOptions
            {
                Key = key,
                Delay = delayed ? KeyLimitModel.Delay : null,
                ExpiresAfter = expires ? KeyLimitModel.Expiry : null,
            })).Id;
            model.Publish(id, key, Now, delayed, expires);
        }

        private async Task ClaimAsync()
        {
            var leases = await _consumer.ClaimAllAsync();
            _leases.AddRange(leases);
            model.Claimed([.. leases.Select(static lease => lease.Delivery.Id)], Now);
            if (model.NextAt(Now) is >= 0 and var next)
            {
                _consumer.NextDelayed.Should().BeInRange(Now.ToUnixTimeMilliseconds() + 1, next, "a key waits until then");
            }
        }

        private async Task ReapAsync()
        {
            await _consumer.ReapAsync();
            model.Reap(Now);
            _leases.RemoveAll(lease => model.All.Single(item => item.Id == lease.Delivery.Id).Status != DeliveryStatus.Leased);
        }

        private async Task SettleAsync(Lease lease, Outcome? outcome)
        {
            _leases.Remove(lease);
            var item = model.All.Single(item => item.Id == lease.Delivery.Id);
            if (outcome is { } one)
            {
                await _consumer.SettleAsync(new Settlement(lease, one) { Delay = KeyLimitModel.Delay });
                KeyLimitModel.Settle(item, one == Outcome.Cancel && !item.IsCancelAsked ? Outcome.Release : one, Now);
                return;
            }

            var settlement = new Settlement(lease, Outcome.Release);
            settlement.NotBegun();
            await _consumer.SettleAsync(settlement);
            model.Return(item, Now);
        }
    }
}
