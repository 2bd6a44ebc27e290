using CsCheck;
using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Random sequences of everything that can happen to events with names, against the model, with a clock that the test moves. Of each name
/// at most one event runs; nothing is stuck; and in the end no name is held.
/// </summary>
public sealed class UniqueModelTests(RedisFixture redis)
{
    private static readonly Outcome[] Outcomes =
        [Outcome.Done, Outcome.Done, Outcome.Retry, Outcome.Dead, Outcome.Release, Outcome.Cancel];

    private static readonly string[] Names = ["a", "b"];

    public enum Step
    {
        Publish,
        PublishMore,
        PublishEvenMore,
        Claim,
        ClaimMore,
        Settle,
        SettleMore,
        Lose,
        Reap,
        Wait,
        Cancel,
        Redrive,
        Repair,
    }

    [Fact]
    public async Task AnySequence_EndsWhereTheModelDoes() =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 9999]).List[5, 60].SampleAsync(RunAsync, iter: ModelRounds.Of(40), threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis,
            configure: static options => (options.LeaseDuration, options.MaxCrashes) = (UniqueModel.Lease, 1000),
            time: clock);
        var world = new World(host, clock, redis);
        await world.BeginAsync();
        foreach (var (step, choice) in steps)
        {
            await world.StepAsync(step, choice);
            await world.CompareAsync();
        }

        await world.EndAsync();
    }

    private sealed class World(TestHost host, FakeTimeProvider clock, RedisFixture redis)
    {
        private readonly ManualConsumer _consumer = new(host, time: clock);
        private readonly UniqueModel _model = new() { Now = clock.GetUtcNow() };
        private readonly List<Lease> _leases = [];

        private string Root => host.Keyspace.Partitions[0].Keys.Root.ToString();

        public Task BeginAsync() => _consumer.SubscribeAsync("order.placed");

        public async Task StepAsync(Step step, int choice)
        {
            var chosen = _model.All.Count == 0 ? null : _model.All[choice % _model.All.Count];
            switch (step)
            {
                case Step.Publish or Step.PublishMore or Step.PublishEvenMore:
                    await PublishAsync(Names[choice % 2], choice / 2);
                    break;
                case Step.Claim or Step.ClaimMore:
                    await ClaimAsync();
                    break;
                case Step.Settle or Step.SettleMore when _leases.Count > 0:
                    await SettleAsync(_leases[choice % _leases.Count], Outcomes[choice / 7 % Outcomes.Length]);
                    break;
                case Step.Lose when _leases.Count > 0:
                    // Its process was killed: nothing is heard of it any more.
                    _leases.RemoveAt(choice % _leases.Count);
                    break;
                case Step.Reap:
                    await ReapAsync();
                    break;
                case Step.Wait:
                    await WaitAsync(TimeSpan.FromSeconds(choice % 45));
                    break;
                case Step.Cancel when chosen is not null:
                    await host.Events.CancelAsync(chosen.Id);
                    _model.Cancel(chosen);
                    break;
                case Step.Redrive when chosen is not null:
                    await host.Events.RedriveAsync(chosen.Id);
                    _model.Redrive(chosen);
                    break;
                case Step.Repair when !redis.IsGarnet:
                    // Garnet cannot look through its keys in a script.
                    await RepairAsync();
                    break;
            }
        }

        public async Task CompareAsync()
        {
            var found = await Task.WhenAll(_model.All.Select(item => host.Events.FindAsync(item.Id).AsTask()));
            found.Select(static e => e!.Deliveries.Single()).Select(static d => (d.Status, d.Crashes, d.Fence))
                .Should().Equal(_model.All.Select(static item => (item.Status, item.Crashes, item.Fence)));
            foreach (var name in Names)
            {
                _model.All.Zip(found).Count(pair => pair.First.Name == name && pair.First.Until == UniqueUntil.Handled
                    && pair.Second!.Deliveries.Single().Status == DeliveryStatus.Leased).Should().BeLessThanOrEqualTo(1);
            }
        }

        // Everything ends, if somebody works; and then each name is free.
        public async Task EndAsync()
        {
            for (var round = 0; round < 100 && _model.All.Any(static item => item.IsOpen); round++)
            {
                await WaitAsync(UniqueModel.Lease);
                await ReapAsync();
                await ClaimAsync();
                foreach (var lease in _leases.ToArray())
                {
                    await SettleAsync(lease, Outcome.Done);
                }

                await CompareAsync();
            }

            await ClaimAsync();
            await CompareAsync();
            _model.All.Should().NotContain(static item => item.IsOpen);
            foreach (var name in Names)
            {
                (await redis.Database.KeyExistsAsync($"{Root}:unique:{name}")).Should().BeFalse(name);
            }

            (await _consumer.RepairAsync()).Should().Be(0);
            foreach (var name in Names)
            {
                (await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Unique = Unique.By(name) })).Outcome
                    .Should().Be(PublishOutcome.Accepted);
            }
        }

        private async Task PublishAsync(string name, int choice)
        {
            var (until, otherwise) = (choice % 6) switch
            {
                0 => (UniqueUntil.Handled, WhenTaken.Keep),
                1 => (UniqueUntil.Handled, WhenTaken.Replace),
                2 => (UniqueUntil.Handled, WhenTaken.QueueOne),
                3 => (UniqueUntil.Handled, WhenTaken.CancelRunning),
                4 => (UniqueUntil.Started, WhenTaken.Keep),
                _ => (UniqueUntil.Started, WhenTaken.Replace),
            };
            var (delayed, expires) = (choice / 6 % 5 == 0, choice / 30 % 5 == 0);
            var count = _model.All.Count;
            var result = await host.Bus.PublishAsync(new OrderPlaced(count), new PublishOptions
            {
                Unique = Unique.By(name).Until(until).Otherwise(otherwise),
                Delay = delayed ? UniqueModel.Delay : null,
                ExpiresAfter = expires ? UniqueModel.Expiry : null,
            });
            var expected = _model.Publish(name, until, otherwise, delayed, expires);
            if (_model.All.Count > count)
            {
                result.Outcome.Should().Be(PublishOutcome.Accepted);
                expected.Id = result.Id;
            }
            else
            {
                result.Should().Be(new PublishResult(expected.Id, PublishOutcome.Kept));
            }
        }

        private async Task ClaimAsync()
        {
            _leases.AddRange(await _consumer.ClaimAllAsync());
            _model.ClaimAll();
        }

        private async Task SettleAsync(Lease lease, Outcome outcome)
        {
            _leases.Remove(lease);
            await _consumer.SettleAsync(new Settlement(lease, outcome) { Delay = UniqueModel.Delay });
            _model.Settle(_model.All.Single(item => item.Id == lease.Delivery.Id), lease.Delivery.Fence, outcome);
        }

        private async Task ReapAsync()
        {
            await _consumer.ReapAsync();
            _model.Reap();
        }

        private async Task RepairAsync()
        {
            await _consumer.RepairAsync();
            _model.Repair();
        }

        // Other consumers go on meanwhile, so that no lease is in doubt.
        private async Task WaitAsync(TimeSpan time)
        {
            clock.Advance(time);
            _model.Now = clock.GetUtcNow();
            await redis.Database.StringSetAsync($"{Root}:contact", _model.Now.ToUnixTimeMilliseconds());
        }
    }
}
