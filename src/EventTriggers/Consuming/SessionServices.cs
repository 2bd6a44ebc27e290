using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.DependencyInjection;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming;

/// <summary>What a session needs from the host's services.</summary>
internal sealed class SessionServices
{
    public SessionServices(BusProvider bus)
    {
        var keyspace = bus.Get<Keyspace>();
        var logger = GuardedLogger.Wrap(bus.Logger<HandlerInvoker>());
        var declared = bus.All<DeclaredTrigger>();
        Groups = bus.Get<HostedGroups>();
        Triggers = bus.Get<TriggerWriter>();
        DeclareIn = (partition, signal) => new DeclareDuty(
            bus.Get<TriggerWriter>(),
            [
                .. declared.Select(static one => one.Trigger.Definition)
                    .Where(definition => keyspace.PartitionOf(definition.Id!) == partition),
            ],
            signal,
            logger);
        Check = new StartCheck(
            bus.Services.GetRequiredService<IServiceScopeFactory>(), bus.All<HandlerRegistration>(),
            bus.All<IHandlerMiddleware>(), declared,
            definition => TriggerArguments.Check(
                definition, bus.Get<OutgoingEvents>(), bus.Get<EventTypes>(), bus.Get<IEventSerializer>()));
    }

    /// <summary>Gets the groups whose deliveries the host handles.</summary>
    public HostedGroups Groups { get; }

    /// <summary>Gets what removes the subscriptions of triggers that a bulk operation cancels.</summary>
    public TriggerWriter Triggers { get; }

    /// <summary>Gets the types of which this process has reported that no host handles them.</summary>
    public ReportedTypes Reported { get; } = new();

    /// <summary>Gets the count of the handlers that run on although their time is over.</summary>
    public StuckHandlers Stuck => Groups.Stuck;

    /// <summary>Gets the factory of what stores the host's declared triggers that belong to a partition.</summary>
    public Func<Partition, Signal, DeclareDuty> DeclareIn { get; }

    /// <summary>Gets what finds declarations that cannot work.</summary>
    public StartCheck Check { get; }
}
