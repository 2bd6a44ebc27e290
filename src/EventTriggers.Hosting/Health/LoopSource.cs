using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Hosting.Health;

/// <summary>Where a health check finds what it needs of a bus, without connecting to Redis.</summary>
internal sealed class LoopSource(IServiceProvider services, string bus)
{
    private static readonly ConsumerLoopStatus NotStarted = new() { State = ConsumerLoopState.NotStarted };

    public string Bus => BusServices.Describe(bus);

    public RedisTriggersOptions Options => BusServices.Options(services, bus);

    public IEventStore Events => BusServices.Get<IEventStore>(services, bus);

    /// <summary>Gets the time for which a partition may be without a claim while nothing is wrong: its longest pause.</summary>
    public TimeSpan Poll
    {
        get
        {
            var options = Options;
            return options.PollInterval < options.LeaseDuration / 2 ? options.PollInterval : options.LeaseDuration / 2;
        }
    }

    /// <exception cref="InvalidOperationException">There is no such bus.</exception>
    public ConsumerLoopStatus Read()
    {
        // A loop that the hosted service has not made yet is waiting for its connection: making it here would wait as well.
        if (services.GetService<HostedLoops>() is not { } hosted)
        {
            return BusServices.Get<IConsumerLoop>(services, bus).Status;
        }

        return hosted.Buses.Contains(bus, StringComparer.Ordinal)
            ? hosted.Find(bus)?.Status ?? NotStarted
            : throw new InvalidOperationException(
                $"A health check was added for {Bus}, which is not registered. The host has "
                + $"{string.Join(" and ", hosted.Buses.Select(BusServices.Describe))}.");
    }
}
