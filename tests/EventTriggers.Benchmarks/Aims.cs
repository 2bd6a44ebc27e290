namespace EventTriggers.Benchmarks;

/// <summary>What the speed of the library was before its aims were set, the aims, and what a run comes to.</summary>
internal static class Aims
{
    /// <summary>Names, on a command line, the table of all aims.</summary>
    public const string Name = "table";

    // What was measured before was measured in one hour; 'of bare' stands for the library's scripts with nothing around them, in that run.
    private static readonly (string What, string Before, string Aim, Func<Medians, string> Now)[] Rows =
    [
        ("server time of an event, published in bulk", "6.9 µs (bare 5.7)", "5.0 µs",
            static m => $"{m.Server("publish-many")} µs (bare {m.Server("publish-many.limit")})"),
        ("the same, drained: claimed and settled", "10.1 µs", "7.5 µs",
            static m => $"{m.Server("drain")} µs (bare {m.Server("drain.limit")})"),
        ("the same, where successes are not kept", "10.1 µs", "5.5 µs", static m => $"{m.Server("drain.unkept")} µs"),
        ("drain with default settings, of bare", "0.62", "0.85", static m => m.Value("drain.default.ratio")),
        ("publish, one a call, 256 callers, of bare", "0.71", "0.85", static m => m.Value("publish.ratio")),
        ("drain, steady, bulk publish, of bare", "0.87, 0.88, 0.88", "0.92 each",
            static m => $"{m.Value("drain.ratio")}, {m.Value("steady.ratio")}, {m.Value("publish-many.ratio")}"),
        ("beside BullMQ: publish, drain, steady", "6.5, 5.2, 6.3 ×", "8 × each", static _ => "Peers/bullmq.mjs measures it"),
        ("allocations of an event, publish to settled; a publish", "1 406 B", "1 000 B",
            static m => $"{m.Value("allocations")}, {m.Value("allocations.publish")} B"),
        ("server time of an event in steady flow: one partition; six on one server", "15, 20 µs", "1.2 × of one",
            static m => $"{m.Server("partitions.1-on-1.flow")}, {m.Server("partitions.6-on-1.flow")} µs"),
        ("the same on three masters: one partition; three; six", "22 with three, 30 with six", "1.2 × of one",
            static m => $"{m.Server("partitions.1-on-3.flow")}, {m.Server("partitions.3-on-3.flow")}, "
                + $"{m.Server("partitions.6-on-3.flow")} µs"),
        ("calls an event, 1 000 a second: 2 and 16 consumers", "1.57, 1.34", "not above",
            static m => $"{m.Value("partitions.1-on-1.slow-1-to-2.calls")}, {m.Value("partitions.1-on-1.slow-1-to-16.calls")}"),
        ("the same with six partitions", "2.88, 2.27", "1.8",
            static m => $"{m.Value("partitions.6-on-1.slow-1-to-2.calls")}, {m.Value("partitions.6-on-1.slow-1-to-16.calls")}"),
        ("latency, p50 and p99", "0.44, 3.7 ms", "0.4, 2 ms", static m => $"{m.Value("latency.p50")}, {m.Value("latency.p99")} ms"),
        ("idle: commands a second, and of a core", "0.25, 0.44 %", "0.25, 0.2 %",
            static m => $"{m.Value("idle.commands")}, {m.Value("idle.cpu")} %"),
    ];

    /// <summary>Gets the figures that the table needs.</summary>
    public static IReadOnlyList<string> Figures =>
        ["publish-many", "publish", "drain", "steady", "latency", "idle", "allocations", OnACluster];

    /// <summary>Gets the figure that is also measured on a cluster.</summary>
    public static string OnACluster => "partitions";

    /// <summary>Prints the table.</summary>
    /// <param name="samples">What was measured, each round of it.</param>
    public static void Print(IEnumerable<Sample> samples)
    {
        var medians = new Medians(samples);
        Console.WriteLine("| what | before | aim | now |\n|---|---|---|---|");
        foreach (var (what, before, aim, now) in Rows)
        {
            Console.WriteLine($"| {what} | {before} | {aim} | {now(medians)} |");
        }
    }

    private sealed class Medians(IEnumerable<Sample> samples)
    {
        private readonly ILookup<string, Sample> _samples = samples.ToLookup(static sample => sample.Name, StringComparer.Ordinal);

        public string Value(string name) => Text(name, static sample => sample.Value);

        public string Server(string name) => Text(name, static sample => sample.ServerMicroseconds);

        private string Text(string name, Func<Sample, double?> number)
        {
            var all = _samples[name].Select(number).OfType<double>().Order().ToArray();
            return all.Length == 0
                ? throw new InvalidOperationException($"Nothing was measured of '{name}'.")
                : $"{all[all.Length / 2]:#,0.##}";
        }
    }
}
