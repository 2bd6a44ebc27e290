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

/// <summary>What runs the deliveries of the host's group, and of the internal one.</summary>
internal sealed class SessionServices
{
    public SessionServices(Keyspace keyspace, HandlerTable handlers, IRetryPolicy policy, IServiceProvider provider)
    {
        var logger = GuardedLogger.Of(provider.GetService<ILogger<HandlerInvoker>>());
        var verdict = new OutcomePolicy(policy, logger);
        var services = new HandlerServices(
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<IEventSerializer>(),
            provider.GetRequiredService<OutgoingEvents>(),
            provider.GetRequiredService<TimeProvider>(),
            keyspace.Options);
        Services = services;
        Types = handlers.Types;
        Told = new ReportedTypes();
        DeclaredTrigger[] declared = [.. provider.GetServices<DeclaredTrigger>()];
        DeclareIn = (partition, signal) => new DeclareDuty(
            provider.GetRequiredService<TriggerWriter>(),
            [.. declared.Select(static one => one.Trigger.Definition).Where(definition => keyspace.PartitionOf(definition.Id!) == partition)],
            signal,
            logger);
        Check = new StartCheck(
            services.Scopes, [.. provider.GetServices<HandlerRegistration>()], declared,
            definition => TriggerArguments.Check(definition, services.Events, provider.GetRequiredService<EventTypes>(), services.Serializer));
        Handlers = new HandlerInvoker(handlers, services, verdict, logger);
        Triggers = new TriggerMatcher(
            keyspace, provider.GetRequiredService<TriggerWriter>(), provider.GetRequiredService<IEventStore>(), provider.GetRequiredService<SubscriptionWriter>(), verdict,
            new TriggerErrorReporter(keyspace, logger));
    }

    /// <summary>Gets what the handlers use.</summary>
    public HandlerServices Services { get; }

    /// <summary>Gets the event types that the host's group subscribes to.</summary>
    public IReadOnlyCollection<string> Types { get; }

    /// <summary>Gets which types nobody handles, as far as this process has said so.</summary>
    public ReportedTypes Told { get; }

    /// <summary>Gets what stores the triggers that the host declared and that live in a partition.</summary>
    public Func<Partition, Signal, DeclareDuty> DeclareIn { get; }

    /// <summary>Gets what looks for declarations that cannot work.</summary>
    public StartCheck Check { get; }

    public IDeliveryHandler Handlers { get; }

    public IDeliveryHandler Triggers { get; }
}
