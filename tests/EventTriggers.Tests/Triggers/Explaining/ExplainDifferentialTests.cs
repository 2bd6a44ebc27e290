using System.Globalization;
using System.Text;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>
/// Random triggers, histories and events: each event is explained, then matched by the engine, and explained once more. What was said is
/// what happened. <c>EVENTTRIGGERS_EXPLAIN_ROUNDS</c> sets how many histories, <c>EVENTTRIGGERS_EXPLAIN_SEED</c> the first of them.
/// </summary>
public sealed class ExplainDifferentialTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Steps = 80;

    // So many histories have each of the usual verdicts; in a few of them one may be missing.
    private const int Many = 20;

    private static readonly string[] Always = ["WouldFire", "Fired", "Incomplete", "Waits", "NotActive", "OtherType", "PatternDiffers"];
    private static readonly string[] Usual =
        [.. Always, "Answers", "OutsideWindow", "PublishedBefore", "SameValue", "Throttled"];

    [Fact]
    public async Task WhatIsSaid_IsWhatHappens()
    {
        var (rounds, first) = (
            Setting("EVENTTRIGGERS_EXPLAIN_ROUNDS", 3), Setting("EVENTTRIGGERS_EXPLAIN_SEED", Random.Shared.Next(1_000_000)));
        var tally = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = first; seed < first + rounds; seed++)
        {
            var history = await History.CreateAsync(redis, seed, tally);
            await using (history)
            {
                for (var step = 0; step < Steps; step++)
                {
                    await history.StepAsync();
                }

                await history.FinishAsync();
            }
        }

        output.WriteLine(
            $"{rounds} histories from seed {first}, {tally.Values.Sum()} explanations: "
            + string.Join(", ", tally.Select(static one => $"{one.Value} {one.Key}")));
        tally.Should().ContainKeys(rounds < Many ? Always : Usual);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : otherwise;

    // A seed gives the same history wherever it runs.
#pragma warning disable CA5394
    private sealed class History : IAsyncDisposable
    {
        private static readonly string[] Patterns =
        [
            """{"v":["p"]}""", """{"v":["p","q"],"k":["x"]}""", """{"n":[{"numeric":["<",20]}]}""", """{"$or":[{"v":["r"]},{"k":["y"]}]}""",
            """{"z":[{"exists":false}]}""", """{"z":[{"exists":true}]}""", """{"list":{"a":["p"],"b":[{"numeric":[">",2]}]}}""",
        ];

        private readonly int _seed;
        private readonly Random _random;
        private readonly MatchScene _scene;
        private readonly SortedDictionary<string, int> _tally;
        private readonly List<string> _triggers = [];
        private readonly List<string> _events = [];
        private readonly List<string> _matched = [];
        private readonly List<Lease> _held = [];
        private readonly Dictionary<string, OverTimeCase> _rules = new(StringComparer.Ordinal);
        private readonly StringBuilder _text = new();

        private History(int seed, MatchScene scene, SortedDictionary<string, int> tally) =>
            (_seed, _random, _scene, _tally) = (seed, new Random(seed), scene, tally);

        private ITriggerStore Triggers => _scene.Host.Triggers;

        public static async Task<History> CreateAsync(RedisFixture redis, int seed, SortedDictionary<string, int> tally)
        {
            // In some histories chains end soon, and in some there are too many values of a key.
            var scene = await MatchScene.CreateAsync(redis, Clock.At2030(), options =>
            {
                // What has ended is to be explained to the end of the history, however far its clock goes.
                options.ProcessedRetention = TimeSpan.FromDays(30);
                options.MaxTriggerChain = seed % 3 == 0 ? 1 : options.MaxTriggerChain;
                options.MostLiveKeys = seed % 4 == 0 ? 2 : options.MostLiveKeys;
            });
            var history = new History(seed, scene, tally);
            foreach (var rule in OverTimeDifferentialTests.RulesOf(history._random))
            {
                history._rules[rule.Name] = rule;
                history._triggers.Add(await history._scene.AddAsync(rule.ToTrigger().WithId(rule.Name)));
            }

            for (var n = 0; n < 6; n++)
            {
                await history.AddPlainAsync();
            }

            var copies = Trigger.On("ask").Matching("""{"v":["p"]}""").MaxFirings(5)
                .Publish(new EventTemplate("ask", """{"k":"$.k","v":"p","n":"$.n"}""")).WithId("copy");
            history._triggers.Add(await history.Triggers.AddAsync(copies));
            return history;
        }

        public async Task StepAsync()
        {
            switch (_random.Next(100))
            {
                case < 40:
                    await PublishAsync();
                    break;
                case < 60:
                    _scene.Clock.Advance(TimeSpan.FromMilliseconds(
                        _random.GetItems([1L, 2, 300, 1000, 5000, 20_000, 60_000, 600_000], 1)[0]));
                    break;
                case < 85:
                    _held.AddRange(await _scene.HoldAsync());
                    await MatchSomeAsync(_random.Next(1, 4));
                    break;
                case < 92:
                    await ChangeAsync(_random.GetItems([.. _triggers], 1)[0]);
                    break;
                default:
                    await FireWaitingAsync();
                    break;
            }
        }

        // In the end everything is matched, and what waits fires when it was said to.
        public async Task FinishAsync()
        {
            do
            {
                await MatchSomeAsync(int.MaxValue);
                _held.AddRange(await _scene.HoldAsync());
            }
            while (_held.Count > 0);

            var expected = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            foreach (var rule in _rules.Values.Where(static rule => rule.Throttle == 0))
            {
                foreach (var source in _matched)
                {
                    var said = await Triggers.ExplainAsync(rule.Name, source);
                    if (said is { Verdict: TriggerVerdict.Waits, OverTime: { } waits })
                    {
                        var last = rule.Kind == OverTimeKind.Debounce ? waits.Events[^1].Id : source;
                        expected[$"{rule.Name}/={last}"] = waits.DueAt!.Value;
                    }
                }
            }

            var before = await RaisedAsync();
            _scene.Clock.Advance(TimeSpan.FromDays(3));
            await FireWaitingAsync();
            var fired = (await RaisedAsync()).Where(one => !before.ContainsKey(one.Key) && IsUnlimited(one.Value.TriggerId))
                .ToDictionary(static one => one.Key, static one => one.Value.DueAt);
            fired.Should().BeEquivalentTo(expected, "seed {0}: what waits fires when it was said to\n{1}", _seed, _text);
        }

        public ValueTask DisposeAsync() => _scene.DisposeAsync();

        private bool IsUnlimited(string trigger) => _rules.TryGetValue(trigger, out var rule) && rule.Throttle == 0;

        private async Task<Dictionary<string, Firing>> RaisedAsync()
        {
            var all = await _scene.Host.Events.QueryAsync(new EventQuery()).ToListAsync();
            return all.Where(static one => one.Firing is not null).ToDictionary(static one => one.Id, static one => one.Firing!);
        }

        private async Task AddPlainAsync()
        {
            var (id, now) = ($"plain{_triggers.Count}", _scene.Clock.GetUtcNow());
            var on = Trigger.On(_random.Next(5) == 0 ? "answer" : "ask");
            on = _random.Next(4) == 0 ? on : on.Matching(_random.GetItems(Patterns, 1)[0]);
            on = _random.Next(6) switch
            {
                0 => on.MaxFirings(_random.Next(1, 6)),
                1 => on.StartingAt(now + TimeSpan.FromSeconds(_random.Next(60))),
                2 => on.Until(now + TimeSpan.FromSeconds(_random.Next(1, 120))),
                3 => on.CancelOn(EventCondition.On("answer", """{"v":["r"],"n":[{"numeric":[">",15]}]}""")),
                _ => on,
            };
            _text.Append(CultureInfo.InvariantCulture, $"\n  add {id} at {now:T}");
            _triggers.Add(await Triggers.AddAsync(on.Publish(new Reminder(1)).WithId(id)));
        }

        private async Task ChangeAsync(string id)
        {
            var change = _random.Next(6);
            _text.Append(CultureInfo.InvariantCulture, $"\n  change {id} {change}");
            switch (change)
            {
                case 0:
                    await Triggers.PauseAsync(id);
                    break;
                case 1 or 2:
                    await Triggers.ResumeAsync(id);
                    break;
                case 3 when !_rules.ContainsKey(id):
                    await Triggers.CancelAsync(id);
                    break;
                case 4:
                    var on = Trigger.On("ask").Matching(_random.GetItems(Patterns, 1)[0]);
                    await Triggers.UpdateAsync(id, (_rules.TryGetValue(id, out var rule) ? rule.ToTrigger() : on).Publish(new Reminder(2)));
                    break;
                default:
                    await AddPlainAsync();
                    break;
            }
        }

        private async Task PublishAsync()
        {
            var (type, key, value) = (
                _random.Next(3) == 0 ? "answer" : "ask", _random.GetItems(["\"x\"", "\"y\"", "null"], 1)[0],
                _random.GetItems(["p", "q", "r"], 1)[0]);
            var json = $$"""{"k":{{key}},"v":"{{value}}","n":{{_events.Count}},"list":[{"a":"{{value}}","b":{{_events.Count % 5}}}]}""";
            _events.Add((await _scene.Host.Bus.PublishRawAsync(type, Encoding.UTF8.GetBytes(json))).Id);
            _text.Append(CultureInfo.InvariantCulture, $"\n  publish {_events[^1]} {type} {json} at {_scene.Clock.GetUtcNow():T.fff}");
        }

        private async Task FireWaitingAsync()
        {
            _text.Append(CultureInfo.InvariantCulture, $"\n  advance at {_scene.Clock.GetUtcNow():T.fff}");
            for (var n = 0; n < 1000; n++)
            {
                var next = await _scene.AdvanceAsync();
                if (next < 0 || next > _scene.Clock.GetUtcNow().ToUnixTimeMilliseconds())
                {
                    break;
                }
            }
        }

        private async Task MatchSomeAsync(int most)
        {
            for (var n = 0; n < most && _held.Count > 0; n++)
            {
                var lease = _held[_random.Next(3) > 0 ? 0 : _random.Next(_held.Count)];
                _held.Remove(lease);
                await CheckAsync(lease);
            }
        }

        private async Task CheckAsync(Lease lease)
        {
            var source = lease.Delivery.Id;
            var before = await ExplainAllAsync(source);
            await _scene.RunAsync(lease, _random.Next(6) == 0 ? 2 : 1);
            var after = await ExplainAllAsync(source);
            _matched.Add(source);
            _text.Append(CultureInfo.InvariantCulture, $"\n  match {source}");
            for (var i = 0; i < before.Length; i++)
            {
                var (said, done) = (before[i], after[i]);
                var fired = done.Trigger.FiringCount - said.Trigger.FiringCount;
                fired.Should().Be(
                    said.Verdict == TriggerVerdict.WouldFire ? 1 : 0, "seed {0}: {1} was {2} for {3}\n{4}", _seed, said.Trigger.Id,
                    said.Verdict, source, _text);
                After(said).Should().Contain(
                    done.Verdict, "seed {0}: {1} was {2} for {3}\n{4}", _seed, said.Trigger.Id, said.Verdict, source, _text);
                (done.RaisedId is not null).Should().Be(done.Verdict == TriggerVerdict.Fired);
                said.Conditions.All(static one => one.Holds == one.Fields.All(static field => field.Holds)).Should().BeTrue();
                Count(said);
                Count(done);
            }
        }

        private void Count(TriggerExplanation one)
        {
            var word = one.Verdict.ToString();
            _tally[word] = _tally.GetValueOrDefault(word) + 1;
        }

        private async Task<TriggerExplanation[]> ExplainAllAsync(string source) =>
            await Task.WhenAll(_triggers.Select(async id => await Triggers.ExplainAsync(id, source)
                ?? throw new InvalidOperationException($"Seed {_seed}: {id} or {source} is not known any more.\n{_text}")));

        // What is said once the event is matched, if what was said before is true. An event of which nothing is kept, although it was to be
        // counted, would be MatchedEarlier.
        private static TriggerVerdict[] After(TriggerExplanation said) => said.Verdict switch
        {
            TriggerVerdict.WouldFire => [TriggerVerdict.Fired],
            TriggerVerdict.Cancels => [TriggerVerdict.NotActive],
            TriggerVerdict.Throttled when said.OverTime!.Kind != OverTimeKind.Each => [TriggerVerdict.Used],
            TriggerVerdict.OutsideWindow when said.Trigger.Until is not null => [TriggerVerdict.NotActive],
            var same => [same],
        };
    }
#pragma warning restore CA5394
}
