using System.Globalization;

namespace EventTriggers.Dashboard.Overview;

/// <summary>Finds what is wrong with the servers, and with the firing of triggers. It asks no server.</summary>
internal static class ServerFindingRules
{
    public static readonly TimeSpan Late = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan VeryLate = TimeSpan.FromMinutes(1);

    // Of the memory that a server may use.
    private const double MuchMemory = 0.8;
    private const double TooMuchMemory = 0.95;

    /// <param name="servers">What the servers say of themselves.</param>
    /// <param name="loop">What the consumer loop of this process knows: what it tells of a partition is not told twice.</param>
    public static IEnumerable<Finding> Find(IReadOnlyList<ServerRecord> servers, ConsumerLoopStatus loop) =>
        servers.SelectMany(server => OfServer(server, loop));

    /// <param name="overdue">The active trigger that is due longest; <see langword="null"/> if none is overdue.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<Finding> OfFiring(TriggerRecord? overdue, DateTimeOffset now)
    {
        if (overdue?.DueAt is { } due && now - due is var late && late > Late)
        {
            yield return New(
                late > VeryLate ? FindingSeverity.Error : FindingSeverity.Warning,
                $"Triggers fire late: {overdue.Id} has been due for {FindingText.Length(late)}.",
                "Every host that runs the consumer loop fires them: see that one runs, and that Redis answers quickly.",
                $"trigger?id={Uri.EscapeDataString(overdue.Id)}");
        }
    }

    private static IEnumerable<Finding> OfServer(ServerRecord server, ConsumerLoopStatus loop)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"Partition {server.Partition}");
        if (server.MaxMemoryBytes > 0 && (double?)server.UsedMemoryBytes / server.MaxMemoryBytes is { } part && part > MuchMemory)
        {
            yield return New(
                part > TooMuchMemory ? FindingSeverity.Error : FindingSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, $"{name}: the server uses {part * 100:0} % of the memory that it may use."),
                "When it is full, publishing is refused: give it more, or keep processed events and dead letters for less long.", "server");
        }

        if (server.EvictionPolicy is { } policy and not "noeviction"
            && loop.Partitions.All(partition => partition.Index != server.Partition || partition.EvictionPolicy is null))
        {
            yield return New(
                FindingSeverity.Error, $"{name}: the server may evict keys, and events with them (maxmemory-policy {policy}).",
                "Set maxmemory-policy to noeviction.", "server");
        }

        if (server.HasFailedToPersist == true)
        {
            yield return New(
                FindingSeverity.Error, $"{name}: the server could not write its snapshot or its append-only file.",
                "Look at its disk and its log: a restart loses what was not written.", "server");
        }
    }

    private static Finding New(FindingSeverity severity, string text, string advice, string link) =>
        new() { Severity = severity, Text = text, Advice = advice, Link = link };
}
