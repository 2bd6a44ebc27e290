namespace EventTriggers.Hosting.Health;

/// <summary>The figures of a status, as a health check's data.</summary>
internal static class Figures
{
    public static Dictionary<string, object> Of(ConsumerLoopStatus status)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["state"] = status.State.ToString(),
            ["partitions"] = status.Partitions.Count,
            ["stuckHandlers"] = status.StuckHandlers,
            ["undeclaredTriggers"] = status.UndeclaredTriggers.Count,
            ["pollingPartitions"] = status.Partitions.Count(static partition => partition.IsPolling),
            ["failingPartitions"] = status.Partitions.Count(static partition => partition.Failure is not null),
        };
        Add(data, "secondsSinceClaim", status.Partitions.Max(static partition => partition.SinceLastClaim));
        Add(data, "secondsSinceRound", status.Partitions.Max(static partition => partition.SinceLastRound));
        Add(data, "secondsSinceClockJump", status.Partitions.Min(static partition => partition.SinceClockJump));
        Add(data, "secondsSinceDataLoss", status.Partitions.Min(static partition => partition.SinceDataLoss));
        return data;
    }

    private static void Add(Dictionary<string, object> data, string name, TimeSpan? age)
    {
        if (age is { TotalSeconds: var seconds })
        {
            data[name] = Math.Round(seconds, 3);
        }
    }
}
