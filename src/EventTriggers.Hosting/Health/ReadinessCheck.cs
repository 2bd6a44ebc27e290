using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventTriggers.Hosting.Health;

/// <summary>Whether a loop gets its work done.</summary>
internal sealed class ReadinessCheck(LoopSource source, EventTriggersHealthOptions limits) : IHealthCheck
{
    private const int MaxMessage = 200;

    private static readonly TimeSpan Recent = TimeSpan.FromHours(1);
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = source.Read();
        var data = Figures.Of(status);
        if (Failures(status).ToArray() is { Length: > 0 } failures)
        {
            // Redis is not asked for counts: the answer could change nothing.
            var why = status.Failure ?? status.Partitions.FirstOrDefault(static partition => partition.Failure is not null)?.Failure;
            return new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", failures), why, data);
        }

        string[] problems =
        [
            .. Problems(status), .. await new BacklogCount(source, limits, data).ProblemsAsync(cancellationToken).ConfigureAwait(false),
        ];
        return problems.Length > 0
            ? HealthCheckResult.Degraded(string.Join(" ", problems), data: data)
            : HealthCheckResult.Healthy($"The consumer loop of {source.Bus} works.", data);
    }

    private IEnumerable<string> Failures(ConsumerLoopStatus status)
    {
        switch (status.State)
        {
            case ConsumerLoopState.NotStarted:
                return [$"The consumer loop of {source.Bus} has not started."];
            case ConsumerLoopState.Draining:
                return [$"The consumer loop of {source.Bus} is draining."];
            case ConsumerLoopState.Ended:
                return [$"The consumer loop of {source.Bus} has ended{(status.Failure is { } failure ? $": {failure.Message}" : ".")}"];
        }

        var limit = limits.MaxClaimAge ?? (3 * source.Poll) + Reserve;
        return status.Partitions.Where(partition => partition.SinceLastClaim is null || partition.SinceLastClaim > limit)
            .Select(partition => (partition.SinceLastClaim is { } age
                ? $"No claim of partition {partition.Index} succeeded for {age:c}"
                : $"No claim of partition {partition.Index} has succeeded yet")
                + (partition.Failure is { } failure ? $": {Excerpt(failure.Message)}" : "."));
    }

    // The client's messages tell everything that it knows.
    private static string Excerpt(string message) => message.Length > MaxMessage ? $"{message.AsSpan(0, MaxMessage)}…" : message;

    private static IEnumerable<string> Problems(ConsumerLoopStatus status)
    {
        if (status.StuckHandlers > 0)
        {
            yield return $"{status.StuckHandlers} handler(s) are stuck: they ran longer than their time limit and ignore their "
                + "cancellation token.";
        }

        if (status.UndeclaredTriggers.Count > 0)
        {
            yield return $"Declared trigger(s) could not be stored: {string.Join(", ", status.UndeclaredTriggers)}.";
        }

        foreach (var partition in status.Partitions)
        {
            foreach (var problem in Problems(partition))
            {
                yield return $"Partition {partition.Index}: {problem}";
            }
        }
    }

    private static IEnumerable<string> Problems(PartitionStatus partition)
    {
        if (partition.IsPolling)
        {
            yield return "the wake-up channel is disconnected, so the loop polls.";
        }

        if (partition.EvictionPolicy is { } policy)
        {
            yield return $"the server may evict keys (maxmemory-policy {policy}); set it to noeviction.";
        }

        if (partition.SinceClockJump < Recent)
        {
            yield return $"the server's clock jumped by {partition.ClockJump} {partition.SinceClockJump:c} ago.";
        }

        if (partition.SinceDataLoss < Recent)
        {
            yield return $"the server had lost its data {partition.SinceDataLoss:c} ago.";
        }
    }
}
