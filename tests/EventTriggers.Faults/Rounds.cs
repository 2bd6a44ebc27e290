using System.Globalization;

namespace EventTriggers.Faults;

/// <summary>
/// How long the fault runs are. <c>EVENTTRIGGERS_FAULT_ROUNDS</c> sets it: 5 unless it is given, 6 in CI, 50 in a full run.
/// </summary>
internal static class Rounds
{
    private const int Full = 50;

    public static int Count { get; } = int.Parse(
        Environment.GetEnvironmentVariable("EVENTTRIGGERS_FAULT_ROUNDS") ?? "5", CultureInfo.InvariantCulture);

    /// <summary>
    /// Gets a value indicating whether the run is that of the figures in docs/reliability.md: of a million events, with 16 processes.
    /// </summary>
    public static bool AreMany { get; } = Count > 1000;

    /// <summary>A number of things, of which a full run has so many.</summary>
    public static int Of(int full) => Math.Max(1, (int)((long)full * Count / Full));

    /// <summary>Runs a round as often as it is wanted, some at a time.</summary>
    public static Task RunAsync(int atOnce, Func<int, Task> round) => RunAsync(atOnce, Count, round);

    /// <summary>Runs a round so often, some at a time.</summary>
    public static Task RunAsync(int atOnce, int count, Func<int, Task> round) =>
        Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (n, _) => await round(n));
}
