using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventTriggers.Hosting.Health;

/// <summary>Whether a loop can go on. It never asks Redis: an outage must not restart processes.</summary>
internal sealed class LivenessCheck(LoopSource source) : IHealthCheck
{
    private static readonly TimeSpan Reserve = TimeSpan.FromMinutes(1);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = source.Read();
        var problem = status.State switch
        {
            ConsumerLoopState.Ended => $"The consumer loop of {source.Bus} has ended"
                + (status.Failure is { } failure ? $": {failure.Message}" : "."),
            ConsumerLoopState.Running => HangOf(status),
            _ => null,
        };
        return Task.FromResult(problem is null
            ? HealthCheckResult.Healthy($"The consumer loop of {source.Bus} can go on.", Figures.Of(status))
            : new HealthCheckResult(context.Registration.FailureStatus, problem, status.Failure, Figures.Of(status)));
    }

    // A round waits for Redis no longer than an operation of each of its steps, and the pause after it no longer than a poll.
    private string? HangOf(ConsumerLoopStatus status)
    {
        var limit = (3 * source.Poll) + (2 * source.Options.OperationTimeout) + Reserve;
        var hanging = status.Partitions.Where(partition => partition.SinceLastRound > limit).Select(static partition => partition.Index)
            .ToArray();
        return hanging.Length == 0 ? null
            : $"The consumer loop of {source.Bus} hangs in partition {string.Join(", ", hanging)}: no round began for {limit}.";
    }
}
