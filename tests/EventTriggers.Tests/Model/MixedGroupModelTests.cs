using CsCheck;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;
using StackExchange.Redis;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Hosts of one group with random sets of types come and go, orderly and not, while events are published, cancelled and expire. After each
/// sequence the server's keys are read as they are: every event is in exactly one place. Then a host comes that handles everything, and
/// nothing is left or lost.
/// </summary>
public sealed class MixedGroupModelTests(RedisFixture redis)
{
    private static readonly string[] Types = ["a", "b", "c"];
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private enum Step
    {
        Start,
        Stop,
        Kill,
        Publish,
        PublishMore,
        PublishExpiring,
        Cancel,
        Claim,
        ClaimMore,
        Settle,
        Wait,
    }

    [Fact]
    public async Task AnySequence_LosesNothing_AndLeavesEachEventInOnePlace() =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 9999]).List[20, 80].SampleAsync(RunAsync, iter: ModelRounds.Of(100), threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis,
            configure: options =>
            {
                (options.LeaseDuration, options.MaxCrashes, options.UnhandledTimeout) = (DeliveryModel.Lease, 1000, World.Timeout);

                // Who has said nothing for two and a half minutes is gone.
                options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromSeconds(5);
            },
            time: clock);
        var world = new World(host, clock, redis.Database);
        foreach (var (step, choice) in steps)
        {
            await world.StepAsync(step, choice);
        }

        await world.JudgePlacesAsync();
        await world.EndAsync();
        await world.JudgeEndAsync();
    }

    private sealed class World(TestHost host, Microsoft.Extensions.Time.Testing.FakeTimeProvider clock, IDatabase database)
    {
        public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

        // How long one that was killed counts as alive.
        private static readonly TimeSpan Alive = TimeSpan.FromSeconds(150);

        private readonly List<Member> _members = [];
        private readonly Dictionary<string, string> _published = [];
        private readonly HashSet<string> _done = [];
        private readonly Dictionary<string, DateTimeOffset> _aliveUntil = Types.ToDictionary(
            static type => type, static _ => DateTimeOffset.MinValue);
        private HashSet<string> _dead = [];

        private RedisKeys Keys => host.Keyspace.Partitions[0].Keys;

        public async Task StepAsync(Step step, int choice)
        {
            var member = _members.Count == 0 ? null : _members[choice % _members.Count];
            switch (step)
            {
                case Step.Start when _members.Count < 5:
                    await StartAsync([.. Types.Where((_, i) => (choice >> i) % 2 == 1)]);
                    break;
                case Step.Stop when member is not null:
                    await member.Consumer.SettleAsync([.. member.Held.Select(static lease => new Settlement(lease, Outcome.Release))]);
                    await member.Consumer.LeaveAsync();
                    _members.Remove(member);
                    break;
                case Step.Kill when member is not null:
                    _members.Remove(member);
                    break;
                case Step.Publish or Step.PublishMore or Step.PublishExpiring:
                    var type = Types[choice % Types.Length];
                    var options = step == Step.PublishExpiring
                        ? new PublishOptions { ExpiresAfter = TimeSpan.FromSeconds(choice % 300 + 1) }
                        : null;
                    _published.Add((await host.Bus.PublishRawAsync(type, "1"u8.ToArray(), options)).Id, type);
                    break;
                case Step.Cancel when _published.Count > 0:
                    await host.Events.CancelAsync(_published.Keys.ElementAt(choice % _published.Count));
                    break;
                case Step.Claim or Step.ClaimMore when member is not null:
                    await ClaimAsync(member, choice);
                    break;
                case Step.Settle when member is { Held.Count: > 0 }:
                    await SettleAsync(member, choice);
                    break;
                case Step.Wait:
                    await WaitAsync(TimeSpan.FromSeconds(choice % 400));
                    break;
            }
        }

        // A host that handles everything takes all that is there; what has expired and what was cancelled ends.
        public async Task EndAsync()
        {
            _members.Clear();
            await WaitAsync(2 * DeliveryModel.Lease);
            var last = await StartAsync(Types);
            for (var round = 0; round < 50
                && await host.Events.CountAsync() is { Ready: > 0 } or { Leased: > 0 } or { Delayed: > 0 }; round++)
            {
                await ClaimAsync(last, choice: 1);
                await last.Consumer.ReapAsync();
                while (last.Held.Count > 0)
                {
                    await SettleAsync(last, choice: 0);
                }

                clock.Advance(DeliveryModel.Lease / 2);
            }
        }

        /// <summary>Reads the keys, and not what the library says of them.</summary>
        public async Task JudgePlacesAsync()
        {
            var places = new List<(string Id, string Place)>();
            var group = Keys.Of("default");
            RedisKey[] lists =
            [
                group.Ready, group.Quarantine, .. Types.SelectMany(
                    type => (RedisKey[])[Keys.Parked("default", type), Keys.Parked("default", $"{type}!")]),
            ];
            foreach (var list in lists)
            {
                places.AddRange((await database.ListRangeAsync(list)).Select(id => ($"{id}", "ready")));
            }

            foreach (var (set, status) in ((RedisKey, string)[])[
                (group.Delayed, "delayed"), (group.Leased, "leased"), (group.Done, "processed"), (group.Dead, "dead"),
                (group.Ended, "ended"),
            ])
            {
                places.AddRange((await database.SortedSetRangeByRankAsync(set)).Select(id => ($"{id}".Split('#')[0], status)));
            }

            var placed = places.ToLookup(static one => one.Id, static one => one.Place);
            var routed = (await Task.WhenAll(_published.Select(async one => (one.Key, await StatusAsync(one.Key)))))
                .Where(static one => one.Item2 is not null).ToArray();
            foreach (var (id, status) in routed)
            {
                var place = placed[id].Should()
                    .ContainSingle("event {0} of type {1}, {2}, is in one place", id, _published[id], status).Subject;
                place.Should()
                    .BeOneOf(status switch { "canceled" => ["ready", "ended"], "expired" => ["ended"], _ => (string[])[status!] });
            }

            // The index has the parked lists that exist, and no others.
            var known = (await database.SortedSetRangeByRankAsync(group.Parked)).Select(static list => $"{list}");
            var there = new List<string>();
            foreach (var list in Types.SelectMany(static type => (string[])[type, $"{type}!"]))
            {
                if (await database.KeyExistsAsync(Keys.Parked("default", list)))
                {
                    there.Add(list);
                }
            }

            known.Should().BeEquivalentTo(there);
            var found = await host.Events.QueryAsync(new EventQuery()).Select(static e => e.Id).ToListAsync();
            found.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(routed.Select(static one => one.Key));
        }

        public async Task JudgeEndAsync()
        {
            await JudgePlacesAsync();
            foreach (var (id, type) in _published)
            {
                var status = await StatusAsync(id);
                status.Should().BeOneOf("processed", "canceled", "expired", "dead", null);
                (status == "processed").Should().Be(_done.Contains(id), "event {0} of type {1} is {2}", id, type, status);
                (status is null)
                    .Should()
                    .Be(await database.HashGetAsync(Keys.Event(id),
                        "status") == "canceled" || !await database.KeyExistsAsync(Keys.Event(id)));
            }
        }

        private async Task<string?> StatusAsync(string id) =>
            ((string?)await database.HashGetAsync(Keys.Event(id), "status:default"))?.Split(' ')[0];

        private async Task<Member> StartAsync(string[] types)
        {
            var member = new Member(new ManualConsumer(host, time: clock), types);
            await RegisterAsync(member);
            _members.Add(member);
            return member;
        }

        private async Task RegisterAsync(Member member)
        {
            await member.Consumer.SubscribeAsync(member.Types);
            foreach (var type in member.Types)
            {
                _aliveUntil[type] = clock.GetUtcNow() + Alive;
            }
        }

        // A host passes on at once what it does not handle; some are killed before they could.
        private static async Task ClaimAsync(Member member, int choice)
        {
            var claimed = await member.Consumer.ClaimAllAsync();
            var foreign = claimed.Where(lease => !member.Types.Contains(lease.Delivery.Type)).ToArray();
            member.Held.AddRange(claimed.Except(foreign));
            if (choice % 5 > 0)
            {
                await member.Consumer.SettleAsync([.. foreign.Select(static lease => new Settlement(lease, Outcome.Skip))]);
            }
        }

        private async Task SettleAsync(Member member, int choice)
        {
            var lease = member.Held[choice % member.Held.Count];
            member.Held.Remove(lease);
            member.Types.Should().Contain(lease.Delivery.Type);
            var outcome = (choice / 10 % 6) switch { 1 => Outcome.Retry, 2 => Outcome.Release, _ => Outcome.Done };
            await member.Consumer.SettleAsync(new Settlement(lease, outcome) { Delay = TimeSpan.FromSeconds(5) });
            if (await StatusAsync(lease.Delivery.Id) == "processed")
            {
                _done.Add(lease.Delivery.Id).Should().BeTrue("an outcome that counts comes once");
            }
        }

        // As hosts do: once a minute they register, and one looks after what nobody handles. Leases are taken back when they are over.
        private async Task WaitAsync(TimeSpan span)
        {
            for (; span > TimeSpan.Zero; span -= Minute)
            {
                clock.Advance(span < Minute ? span : Minute);
                foreach (var member in _members)
                {
                    await RegisterAsync(member);
                    await member.Consumer.RenewAsync();
                }

                if (_members.Count > 0)
                {
                    await _members[^1].Consumer.ReapAsync();
                    await _members[^1].Consumer.LookAfterUnhandledAsync();
                    await JudgeDeadAsync();
                }
            }
        }

        private async Task JudgeDeadAsync()
        {
            var dead = (await database.SortedSetRangeByRankAsync(Keys.Of("default").Dead)).Select(static id => $"{id}").ToHashSet();
            foreach (var id in dead.Except(_dead))
            {
                (clock.GetUtcNow() - _aliveUntil[_published[id]]).Should()
                    .BeGreaterThanOrEqualTo(Timeout - Alive, "nobody has handled '{0}' for as long", _published[id]);
            }

            _dead = dead;
        }

        private sealed record Member(ManualConsumer Consumer, string[] Types)
        {
            public List<Lease> Held { get; } = [];
        }
    }
}
