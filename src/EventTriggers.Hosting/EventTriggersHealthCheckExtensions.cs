using EventTriggers;
using EventTriggers.Hosting.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds health checks of consumer loops.</summary>
public static class EventTriggersHealthCheckExtensions
{
    /// <summary>Adds a check that says whether the consumer loop of a bus gets its work done; for readiness, and for people.</summary>
    /// <remarks>
    /// <para>
    /// Unhealthy: the loop is not running, its store was refused (<see cref="IncompatibleStoreException"/>), or a partition has had no
    /// successful claim for three polls and 5 seconds. Degraded: it polls because the wake-up channel is disconnected, handlers are stuck,
    /// the server may evict keys, declared triggers could not be stored, or within the last hour the server's clock jumped or its data
    /// were lost. A limit of <paramref name="configure"/> that is exceeded is degraded as well.
    /// </para>
    /// <para>
    /// It reads <see cref="IConsumerLoop.Status"/>, and asks Redis only for the limits that are set. The figures are in the result's data.
    /// </para>
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The check's name; <see langword="null"/> for <c>eventtriggers</c>, with the key of a keyed bus after a hyphen.
    /// </param>
    /// <param name="serviceKey">The key of the bus; <see langword="null"/> for the default bus.</param>
    /// <param name="configure">Sets limits.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy; <see langword="null"/> for unhealthy.</param>
    /// <param name="tags">Tags by which health endpoints choose checks.</param>
    /// <param name="timeout">The time limit of the check; <see langword="null"/> for none.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A limit is not allowed.</exception>
    public static IHealthChecksBuilder AddEventTriggers(
        this IHealthChecksBuilder builder, string? name = null, string? serviceKey = null,
        Action<EventTriggersHealthOptions>? configure = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (bus, options) = (serviceKey ?? string.Empty, new EventTriggersHealthOptions());
        configure?.Invoke(options);
        options.Check();
        return builder.Add(new HealthCheckRegistration(
            name ?? NameOf("eventtriggers", bus), services => new ReadinessCheck(new LoopSource(services, bus), options), failureStatus,
            tags, timeout));
    }

    /// <summary>Adds a check that says whether the consumer loop of a bus can go on; for liveness, on which an orchestrator restarts the
    /// process.</summary>
    /// <remarks>
    /// Unhealthy: the loop has ended although the host has not stopped, or it hangs: it has not begun a round for so long that no outage of
    /// Redis explains it. An outage is healthy, because a restart does not end it. The check never asks Redis.
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="name">
    /// The check's name; <see langword="null"/> for <c>eventtriggers-live</c>, with the key of a keyed bus after a hyphen.
    /// </param>
    /// <param name="serviceKey">The key of the bus; <see langword="null"/> for the default bus.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy; <see langword="null"/> for unhealthy.</param>
    /// <param name="tags">Tags by which health endpoints choose checks.</param>
    /// <param name="timeout">The time limit of the check; <see langword="null"/> for none.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder AddEventTriggersLiveness(
        this IHealthChecksBuilder builder, string? name = null, string? serviceKey = null, HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var bus = serviceKey ?? string.Empty;
        return builder.Add(new HealthCheckRegistration(
            name ?? NameOf("eventtriggers-live", bus), services => new LivenessCheck(new LoopSource(services, bus)), failureStatus, tags,
            timeout));
    }

    private static string NameOf(string name, string bus) => bus.Length == 0 ? name : $"{name}-{bus}";
}
