using System.Globalization;
using System.Text;
using System.Text.Json;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// Random sequences of events, some in one millisecond, matched late, in another order, more than once, or after a time in which no host
/// was there, against <see cref="OverTimeModel"/>. <c>EVENTTRIGGERS_OVERTIME_ROUNDS</c> sets how many sequences,
/// <c>EVENTTRIGGERS_OVERTIME_SEED</c> the first of them.
/// </summary>
public sealed class OverTimeDifferentialTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Steps = 150;

    // A host that has events and does not match them is waited for this long.
    private const long LongestWait = 59_000;

    private static readonly string[] Keys = ["x", "y"];

    [Fact]
    public async Task Sequences_FireWhatTheModelSays()
    {
        var (rounds, first) = (
            Setting("EVENTTRIGGERS_OVERTIME_ROUNDS", 12), Setting("EVENTTRIGGERS_OVERTIME_SEED", Random.Shared.Next(1_000_000)));
        var tally = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = first; seed < first + rounds; seed++)
        {
            await RunAsync(seed, tally);
        }

        output.WriteLine(
            $"{rounds} sequences from seed {first}: {string.Join(", ", tally.Select(static one => $"{one.Value} {one.Key}"))}");
        tally.Should()
            .ContainKeys("events", "fired by Count", "fired by FollowedBy", "fired by NotFollowedBy", "fired by Debounce", "fired by Each");
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : otherwise;

    private async Task RunAsync(int seed, SortedDictionary<string, int> tally)
    {
        // A seed gives the same sequence wherever it runs.
#pragma warning disable CA5394
        var random = new Random(seed);
        var rules = RulesOf(random).ToDictionary(static rule => rule.Name);
        var models = rules.Keys.SelectMany(static name => Keys.Select(key => (name, key)))
            .ToDictionary(static one => one, one => new OverTimeModel(rules[one.name]));
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        foreach (var rule in rules.Values)
        {
            await scene.AddAsync(rule.ToTrigger().WithId(rule.Name));
        }

        var sequence = new Sequence(scene, random, models);
        for (var step = 0; step < Steps; step++)
        {
            await sequence.StepAsync();
        }

        await sequence.FinishAsync();
        var actual = (await scene.RaisedAsync()).ToLookup(static one => one.Firing.TriggerId, static one => Read(one.Firing));
        foreach (var (name, rule) in rules)
        {
            var expected = Keys.SelectMany(key => models[(name, key)].Finish()).Order(StringComparer.Ordinal).ToArray();
            var (missing, beyond) = (Without(expected, actual[name]), Without(actual[name], expected));
            (missing.Length + beyond.Length)
                .Should()
                .Be(0, "seed {0}: {1}; due and events\n missing [{2}]\n beyond [{3}]\n{4}", seed, rule, string.Join(", ", missing),
                    string.Join(", ", beyond), sequence);
            Add(tally, $"fired by {rule.Kind}", expected.Length);
            Add(tally, "passed over", Keys.Sum(key => models[(name, key)].PassedOver.Count));
        }

        Add(tally, "events", sequence.Count);
        Add(tally, "matched in another order", sequence.Reordered);
        Add(tally, "in one millisecond with the one before", sequence.Equal);
#pragma warning restore CA5394
    }

    private static string[] Without(IEnumerable<string> all, IEnumerable<string> others)
    {
        var left = all.ToList();
        foreach (var other in others)
        {
            left.Remove(other);
        }

        return [.. left];
    }

    private static void Add(SortedDictionary<string, int> tally, string what, int count)
    {
        if (count > 0)
        {
            tally[what] = tally.GetValueOrDefault(what) + count;
        }
    }

    private static string Read(Firing firing) => OverTimeModel.Text(
        firing.DueAt.ToUnixTimeMilliseconds(),
        firing.Sources.Select(static source => JsonDocument.Parse(source.Payload).RootElement.GetProperty("n").GetInt32()));

#pragma warning disable CA5394
    internal static IEnumerable<OverTimeCase> RulesOf(Random random)
    {
        long Span() => random.GetItems([1L, 5, 1000, 5000, 20_000, 60_000], 1)[0];
        yield return new("count2", OverTimeKind.Count, Count: 2, Span: Span());
        yield return new("count4", OverTimeKind.Count, Count: random.Next(3, 6), Span: Span());
        yield return new("then", OverTimeKind.FollowedBy, Span: Span());
        yield return new("then-same", OverTimeKind.FollowedBy, Span: Span(), Next: "ask");
        yield return new("without", OverTimeKind.NotFollowedBy, Span: Span());
        yield return new("without-same", OverTimeKind.NotFollowedBy, Span: Span(), Next: "ask");
        var quiet = Span();
        yield return new("debounce", OverTimeKind.Debounce, Span: quiet, Wait: quiet * random.Next(1, 4));
        yield return new("debounce-long", OverTimeKind.Debounce, Span: Span(), Wait: 86_400_000);
        yield return new("throttle", OverTimeKind.Each, Throttle: random.Next(1, 4), Per: Span());
        yield return new("distinct", OverTimeKind.Each, Distinct: Span());
        yield return new("count-distinct", OverTimeKind.Count, Count: 3, Span: Span(), Distinct: Span());
        yield return new("then-throttle", OverTimeKind.FollowedBy, Span: Span(), Throttle: 1, Per: Span());
        yield return new("without-throttle", OverTimeKind.NotFollowedBy, Span: Span(), Throttle: 1, Per: Span());
        yield return new("debounce-distinct", OverTimeKind.Debounce, Span: quiet, Wait: 4 * quiet, Distinct: Span());
    }

    /// <summary>One random sequence on its way.</summary>
    private sealed class Sequence(MatchScene scene, Random random, Dictionary<(string Name, string Key), OverTimeModel> models)
    {
        private readonly List<Shown> _all = [];
        private readonly List<Lease> _held = [];
        private readonly Dictionary<string, Shown> _byId = new(StringComparer.Ordinal);
        private readonly StringBuilder _text = new();
        private long? _mustMatchBefore;
        private int _newestMatched = -1;

        public int Count => _all.Count;

        public int Reordered { get; private set; }

        public int Equal { get; private set; }

        private long Now => scene.Clock.GetUtcNow().ToUnixTimeMilliseconds();

        public async Task StepAsync()
        {
            switch (random.Next(100))
            {
                case < 50:
                    await PublishAsync();
                    break;
                case < 65:
                    await PassAsync(random.GetItems([1L, 2, 300, 1000, 4000, 5000, 20_000, 60_000], 1)[0]);
                    break;
                case < 67:
                    // Nobody is there.
                    await PassAsync(random.Next(60_000, 4_000_000));
                    break;
                case < 80:
                    _held.AddRange(await scene.HoldAsync());
                    await MatchSomeAsync(random.Next(1, 5));
                    break;
                case < 88:
                    _held.AddRange(await scene.HoldAsync());
                    await MatchSomeAsync(int.MaxValue);
                    break;
                default:
                    await AdvanceAsync();
                    break;
            }
        }

        public async Task FinishAsync()
        {
            _held.AddRange(await scene.HoldAsync());
            await MatchSomeAsync(int.MaxValue);
            scene.Clock.Advance(TimeSpan.FromDays(3));
            await AdvanceAsync();
        }

        public override string ToString() => _text.ToString();

        private async Task PublishAsync()
        {
            var one = new Shown(
                _all.Count, Now, random.Next(3) == 0 ? "answer" : "ask", Keys[random.Next(2)], random.GetItems(["p", "q", "r"], 1)[0]);
            Equal += _all.Count > 0 && _all[^1].At == one.At ? 1 : 0;
            _all.Add(one);
            _byId[(await scene.Host.Bus.PublishRawAsync(one.Type, Encoding.UTF8.GetBytes(one.Json))).Id] = one;
            _text.Append(CultureInfo.InvariantCulture, $"\n  publish {one.Index} {one.Type} {one.Key} {one.Value} at {one.At}");
        }

        private async Task PassAsync(long ms)
        {
            if (Now + ms >= _mustMatchBefore)
            {
                await MatchSomeAsync(int.MaxValue);
            }

            scene.Clock.Advance(TimeSpan.FromMilliseconds(ms));
        }

        // In any order, and some more than once.
        private async Task MatchSomeAsync(int most)
        {
            for (var n = 0; n < most && _held.Count > 0; n++)
            {
                var lease = _held[random.Next(10) < 5 ? 0 : random.Next(_held.Count)];
                _held.Remove(lease);
                var one = _byId[lease.Delivery.Id];
                await scene.RunAsync(lease, random.Next(8) == 0 ? 2 : 1);
                _text.Append(CultureInfo.InvariantCulture, $"\n  match {one.Index}");
                Reordered += one.Index < _newestMatched ? 1 : 0;
                _newestMatched = Math.Max(_newestMatched, one.Index);
                foreach (var ((_, key), model) in models)
                {
                    if (key == one.Key)
                    {
                        model.Show(one);
                    }
                }
            }

            _mustMatchBefore = _held.Count == 0 ? null : _mustMatchBefore;
        }

        // Nothing is published any more in a millisecond in which something may have fired.
        private async Task AdvanceAsync()
        {
            _text.Append(CultureInfo.InvariantCulture, $"\n  advance at {Now}");
            for (var n = 0; n < 1000 && await scene.AdvanceAsync() is >= 0 and var next && next <= Now; n++)
            {
            }

            _mustMatchBefore ??= _held.Count == 0 ? null : Now + LongestWait;
            scene.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }
#pragma warning restore CA5394
}
