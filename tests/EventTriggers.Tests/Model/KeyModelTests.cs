using CsCheck;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using StackExchange.Redis;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Random sequences of everything that can happen to deliveries with keys, against the model, with a clock that the test moves; and after
/// each step the server's keys as they are.
/// </summary>
public sealed class KeyModelTests(RedisFixture redis)
{
    private static readonly Outcome[] Outcomes =
        [Outcome.Done, Outcome.Done, Outcome.Retry, Outcome.Dead, Outcome.Release, Outcome.Cancel];

    private static readonly string?[] Keys = ["a", "b", "c", null];

    public enum Step
    {
        Publish,
        PublishMore,
        PublishDelayed,
        PublishExpiring,
        Claim,
        ClaimMore,
        ClaimNext,
        ClaimNextMore,
        Settle,
        SettleMore,
        Reap,
        Wait,
        Cancel,
        Redrive,
        Discard,
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task AnySequence_EndsWhereTheModelDoes(int places, bool holdsDead) =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 999]).List[5, 80]
            .SampleAsync(steps => RunAsync(steps, places, holdsDead), iter: ModelRounds.Of(40), threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps, int places, bool holdsDead)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis,
            configure: options =>
            {
                (options.LeaseDuration, options.MaxCrashes) = (KeyModel.Lease, 1000);
                options.Groups[options.Group] = new GroupOptions
                {
                    ConcurrencyPerKey = places, OnDead = holdsDead ? DeadLetters.Hold : DeadLetters.PassBy,
                };
            },
            time: clock);
        var world = new World(host, clock, redis.Database, new KeyModel(places, holdsDead), places);
        await world.BeginAsync();
        foreach (var (step, choice) in steps)
        {
            await world.StepAsync(step, choice);
            await world.CompareAsync();
        }

        await world.EndAsync();
    }

    private sealed class World(
        TestHost host, Microsoft.Extensions.Time.Testing.FakeTimeProvider clock, IDatabase database, KeyModel model, int places)
    {
        private readonly ManualConsumer _consumer = new(host, time: clock);
        private readonly List<Lease> _leases = [];

        // By the first of a key, the batch that has it.
        private readonly Dictionary<Lease, LeaseBatch> _batches = [];

        // Those that a batch has behind the first of their key.
        private readonly HashSet<Lease> _behind = [];

        private string Root => host.Keyspace.Partitions[0].Keys.Root.ToString();

        private string Group => host.Keyspace.Options.Group;

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
                case Step.ClaimNext or Step.ClaimNextMore when _leases.Count > 0:
                    await ClaimNextAsync(_leases[choice % _leases.Count], 1 + (choice % 4));
                    break;
                case Step.Settle or Step.SettleMore when _leases.Count > 0:
                    await SettleAsync(_leases[choice % _leases.Count], Outcomes[choice / 7 % Outcomes.Length]);
                    break;
                case Step.Reap:
                    await _consumer.ReapAsync();
                    model.Reap(Now);
                    break;
                case Step.Wait:
                    await WaitAsync(TimeSpan.FromSeconds(choice % 25));
                    break;
                case Step.Cancel when chosen is not null:
                    await host.Events.CancelAsync(chosen.Id);
                    model.Cancel(chosen);
                    break;
                case Step.Redrive when chosen is not null:
                    await host.Events.RedriveAsync(chosen.Id);
                    model.Redrive(chosen);
                    break;
                case Step.Discard when chosen is not null:
                    await host.Events.DiscardAsync(chosen.Id);
                    model.Discard(chosen);
                    break;
            }
        }

        public async Task CompareAsync()
        {
            var found = await Task.WhenAll(model.All.Select(item => host.Events.FindAsync(item.Id).AsTask()));
            found.Select(static e => e!.Deliveries.Single()).Select(static d => (d.Status, d.Crashes, d.Fence))
                .Should().Equal(model.All.Select(static item => (item.Status, item.Crashes, item.Fence)));
            foreach (var key in Keys.OfType<string>())
            {
                await CompareAsync(key);
            }

            (await host.Events.CountAsync()).Ready.Should().Be(model.Listed);
            ((long?)await database.StringGetAsync($"{Root}:backlogged:{Group}") ?? 0).Should().Be(model.Waiting);
        }

        // Everything ends, if somebody works and nobody is held.
        public async Task EndAsync()
        {
            for (var round = 0; round < 500 && model.All.Any(static item => IsOpen(item)); round++)
            {
                foreach (var item in model.All.Where(static item => item.Status == DeliveryStatus.Dead).ToArray())
                {
                    await host.Events.DiscardAsync(item.Id);
                    model.Discard(item);
                }

                await WaitAsync(KeyModel.Lease);
                await _consumer.ReapAsync();
                model.Reap(Now);
                await ClaimAsync();
                foreach (var lease in _leases.ToArray())
                {
                    await SettleAsync(lease, Outcome.Done);
                }
            }

            // What was cancelled while it waited is dropped.
            await ClaimAsync();
            await CompareAsync();
            model.All.Should().NotContain(static item => IsOpen(item));
            foreach (var kind in new[] { "active", "backlogs", "backlogged", "held" })
            {
                (await database.KeyExistsAsync($"{Root}:{kind}:{Group}")).Should().BeFalse(kind);
            }
        }

        // Other consumers go on meanwhile, so that no lease is in doubt.
        private async Task WaitAsync(TimeSpan time)
        {
            clock.Advance(time);
            await database.StringSetAsync($"{Root}:contact", Now.ToUnixTimeMilliseconds());
        }

        private static bool IsOpen(KeyModel.Item item) =>
            item.Status is DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Leased or DeliveryStatus.Dead;

        private async Task PublishAsync(string? key, bool delayed, bool expires)
        {
            var id = (await host.Bus.PublishAsync(new OrderPlaced(model.All.Count), new PublishOptions
            {
                Key = key,
                Delay = delayed ? KeyModel.Delay : null,
                ExpiresAfter = expires ? KeyModel.Expiry : null,
            })).Id;
            model.Publish(id, key, Now, delayed, expires);
        }

        private async Task ClaimAsync()
        {
            _leases.AddRange(await _consumer.ClaimAllAsync());
            model.ClaimAll(Now);
        }

        private async Task ClaimNextAsync(Lease first, int most)
        {
            if (first.Delivery.Key is null)
            {
                return;
            }

            var before = _batches.GetValueOrDefault(first) ?? new LeaseBatch(null!, [first]) { IsInOrder = true };
            var batch = await _consumer.ClaimNextAsync(before, most);
            var added = batch.Leases.Skip(before.Leases.Count).ToArray();
            var taken = model.ClaimNext(
                model.All.Single(item => item.Id == first.Delivery.Id), first.Delivery.Fence, most, batch.Call,
                (before.Call, before.Leases.Count - 1), Now);

            added.Select(static lease => lease.Delivery.Id).Should().Equal(taken);
            _leases.AddRange(added);
            _behind.UnionWith(added);
            _batches[first] = batch;
        }

        private async Task SettleAsync(Lease lease, Outcome outcome)
        {
            _leases.Remove(lease);
            var settlement = new Settlement(lease, outcome) { Delay = KeyModel.Delay };
            await (_behind.Contains(lease)
                ? _consumer.SettleInOrderAsync(settlement) : _consumer.SettleAsync(settlement));
            model.Settle(model.All.Single(item => item.Id == lease.Delivery.Id), lease.Delivery.Fence, outcome, Now);
        }

        private async Task CompareAsync(string key)
        {
            var active = ((string?)await database.HashGetAsync($"{Root}:active:{Group}", key) ?? string.Empty)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var waiting = await database.ListRangeAsync($"{Root}:backlog:{Group}:{key}");
            var isListed = await database.SortedSetScoreAsync($"{Root}:backlogs:{Group}", key) is not null;

            active.Should().BeEquivalentTo(model.ActiveOf(key).Select(static item => item.Id));
            model.ActiveOf(key).Should().HaveCountLessThanOrEqualTo(places);
            waiting.Reverse().Select(static id => id.ToString()).Should().Equal(model.WaitingFor(key).Select(static item => item.Id));
            isListed.Should().Be(waiting.Length > 0);
            model.All.Where(item => item.Key == key && item.Status == DeliveryStatus.Leased).Should()
                .BeSubsetOf([.. model.ActiveOf(key), .. model.WaitingFor(key)]);
        }
    }
}
