using System.Diagnostics;
using System.Text.Json;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// Real deliveries against 1, 1000 and 100 000 patterns of one index, on one core and without a server; and against a reader that only
/// reads them.
/// </summary>
internal sealed class Match : IFigure
{
    private static readonly int[] Counts = [1, 1000, 100_000];
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(1);

    public string Name => "match";

    public Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events)
    {
        var payloads = Deliveries.Read();
        var samples = new List<Sample> { new($"{Name}.payload", payloads.Average(static payload => payload.Length), "bytes") };
        var bare = Rate(payloads, static json => Read(json));
        samples.Add(new($"{Name}.reader", bare, "events/s"));
        var rates = new Dictionary<int, double>();
        foreach (var count in Counts)
        {
            var (index, bytes) = Fill(count);
            var matches = new List<PatternEntry>();
            var found = 0L;
            var rate = Rate(payloads, json =>
            {
                matches.Clear();
                index.Match(json, matches);
                found += matches.Count;
            });
            rates[count] = rate;
            samples.Add(new($"{Name}.{count}", rate, "events/s"));
            samples.Add(new($"{Name}.{count}.cost", bare / rate, "of reading it"));
            samples.Add(new($"{Name}.{count}.memory", bytes / (double)count, "bytes/trigger"));
            if (found == 0)
            {
                throw new InvalidOperationException("No pattern matched any delivery.");
            }
        }

        samples.Add(new($"{Name}.growth", rates[1000] / rates[100_000], "of 1000 triggers"));
        return Task.FromResult<IReadOnlyList<Sample>>(samples);
    }

    /// <summary>
    /// A pattern of a sort that people write, over fields that deliveries have. The first of each sort matches some delivery, the others
    /// are other people's.
    /// </summary>
    public static string PatternOf(int n) => (n % 6) switch
    {
        0 => $$$"""{"sender":{"login":["{{{(n == 0 ? "Codertocat" : $"user-{n}")}}}"]}}""",
        1 => $$$"""{"repository":{"id":[{{{n}}}]},"action":["opened","edited"]}""",
        2 => $$$"""{"repository":{"full_name":[{"prefix":"org-{{{n}}}/"}],"private":[false]}}""",
        3 => $$$"""{"issue":{"number":[{"numeric":[">",{{{n * 10}}},"<=",{{{(n * 10) + 5}}}]}],"labels":{"name":["bug"]} } }""",
        4 => $$$"""{"ref":[{"suffix":"/branch-{{{n}}}"}]}""",
        _ =>
            $$$"""{"organization":{"login":[{"equals-ignore-case":"Org-{{{n}}}"}]},"$or":[{"action":["created"]},{"action":["deleted"]}]}""",
    };

    private static (PatternIndex Index, long Bytes) Fill(int count)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var index = new PatternIndex();
        for (var n = 0; n < count; n++)
        {
            index.Add(EventPattern.Parse(PatternOf(n)), new PatternEntry());
        }

        return (index, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    private static void Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            // What nobody asks about costs no less.
        }
    }

    private static double Rate(byte[][] payloads, Action<byte[]> handle)
    {
        Round(TimeSpan.FromSeconds(0.5));
        return Round(Time);

        double Round(TimeSpan time)
        {
            var (clock, events) = (Stopwatch.StartNew(), 0L);
            for (; clock.Elapsed < time; events += payloads.Length)
            {
                foreach (var payload in payloads)
                {
                    handle(payload);
                }
            }

            return events / clock.Elapsed.TotalSeconds;
        }
    }
}
