using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>What a session needs from the host's services.</summary>
internal sealed class SessionServices
{
    public SessionServices(Keyspace keyspace, HandlerTable handlers, IRetryPolicy policy, IServiceProvider provider)
    {
        var logger = GuardedLogger.Wrap(provider.GetService<ILogger<HandlerInvoker>>());
        var outcomes = new OutcomePolicy(policy, logger);
        var time = provider.GetRequiredService<TimeProvider>();
        var services = new HandlerServices(
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<IEventSerializer>(),
            provider.GetRequiredService<OutgoingEvents>(),
            new LeaseRenewer(keyspace, time, GuardedLogger.Wrap(provider.GetService<ILogger<ConsumerLoop>>())),
            time,
            keyspace.Options);
        Types = handlers.Types;
        Reported = new ReportedTypes();
        DeclaredTrigger[] declared = [.. provider.GetServices<DeclaredTrigger>()];
        DeclareIn = (partition, signal) => new DeclareDuty(
            provider.GetRequiredService<TriggerWriter>(),
            [
                .. declared.Select(static one => one.Trigger.Definition)
                    .Where(definition => keyspace.PartitionOf(definition.Id!) == partition),
            ],
            signal,
            logger);
        Check = new StartCheck(
            services.Scopes, [.. provider.GetServices<HandlerRegistration>()], declared,
            definition => TriggerArguments.Check(
                definition, services.Events, provider.GetRequiredService<EventTypes>(), services.Serializer));
        Handlers = new HandlerInvoker(handlers, services, outcomes, logger);
        Triggers = new TriggerMatcher(
            keyspace, provider.GetRequiredService<TriggerWriter>(), provider.GetRequiredService<IEventStore>(),
            provider.GetRequiredService<SubscriptionWriter>(), outcomes,
            new TriggerErrorReporter(keyspace, logger));
    }

    /// <summary>Gets the event types that the host's group subscribes to.</summary>
    public IReadOnlyCollection<string> Types { get; }

    /// <summary>Gets the types of which this process has reported that no host handles them.</summary>
    public ReportedTypes Reported { get; }

    /// <summary>Gets the factory of what stores the host's declared triggers that belong to a partition.</summary>
    public Func<Partition, Signal, DeclareDuty> DeclareIn { get; }

    /// <summary>Gets what finds declarations that cannot work.</summary>
    public StartCheck Check { get; }

    /// <summary>Gets what handles the deliveries of the host's group.</summary>
    public IDeliveryHandler Handlers { get; }

    /// <summary>Gets what handles the deliveries of the internal group, which matches events with triggers.</summary>
    public IDeliveryHandler Triggers { get; }
}
