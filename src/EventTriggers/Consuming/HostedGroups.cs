using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.DependencyInjection;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>The groups whose deliveries this host handles: those with handlers, and the internal one that matches triggers.</summary>
internal sealed class HostedGroups
{
    private readonly BusProvider _bus;
    private readonly RedisTriggersOptions _options;
    private readonly HandlerServices _services;
    private readonly ILogger _logger;
    private readonly Lock _applying = new();

    public HostedGroups(BusProvider bus)
    {
        (_bus, _options) = (bus, bus.Options);
        _logger = GuardedLogger.Wrap(bus.Logger<HandlerInvoker>());
        var keyspace = bus.Get<Keyspace>();
        _services = new HandlerServices(
            bus.Services.GetRequiredService<IServiceScopeFactory>(),
            bus.Get<IEventSerializer>(),
            bus.Get<EventTypes>(),
            bus.Get<OutgoingEvents>(),
            new LeaseRenewer(keyspace, bus.Time, GuardedLogger.Wrap(bus.Logger<ConsumerLoop>())),
            bus.Time,
            keyspace.Options,
            Stuck);
        Handling = [.. NewHandling()];
        All = _options.MatchingConcurrency == 0 ? Handling : [.. Handling, NewMatching(keyspace)];

        // Once more after that: the options may have changed since they were read.
        bus.OnOptionsChange(ApplyOptions);
        ApplyOptions();
    }

    /// <summary>Gets the groups that subscribe to events.</summary>
    public IReadOnlyList<HostedGroup> Handling { get; }

    /// <summary>Gets all groups that deliveries are claimed for.</summary>
    public IReadOnlyList<HostedGroup> All { get; }

    /// <summary>Gets the count of the handlers that run on although their time is over.</summary>
    public StuckHandlers Stuck { get; } = new();

    /// <summary>Gets the subscriptions of these groups to their types.</summary>
    public IReadOnlyList<GroupType> Subscriptions =>
        [.. Handling.SelectMany(static group => group.Types.Select(type => new GroupType(group.Name, type)))];

    /// <summary>Gets how the groups order by key that do.</summary>
    public IReadOnlyDictionary<string, KeyMode> Modes => Handling.Where(static group => group.Settings.Mode.Places > 0)
        .ToDictionary(static group => group.Name, static group => group.Settings.Mode, StringComparer.Ordinal);

    // Without any handler the host has its default group all the same: it takes part in firing triggers, and in looking after the group.
    private IEnumerable<HostedGroup> NewHandling()
    {
        var handlers = _bus.All<HandlerRegistration>().ToLookup(handler => handler.Group ?? _options.Group, StringComparer.Ordinal);
        var added = _bus.All<GroupRegistration>();
        if (handlers.Contains(_options.Group) || added.Length == 0)
        {
            yield return NewGroup(_options.Group, handlers[_options.Group], policy: null);
        }

        foreach (var group in added)
        {
            yield return NewGroup(group.Name, handlers[group.Name], group.RetryPolicy);
        }
    }

    // Not the options that a change comes with: of two changes at a time, the earlier may come last.
    private void ApplyOptions()
    {
        lock (_applying)
        {
            var options = _bus.Options;
            foreach (var group in All)
            {
                group.Apply(options);
            }
        }
    }

    private HostedGroup NewGroup(string name, IEnumerable<HandlerRegistration> handlers, IRetryPolicy? policy)
    {
        var settings = GroupSettings.Of(name, _options);
        var table = new HandlerTable(settings, handlers, _bus.All<IHandlerMiddleware>(), _bus.Get<EventTypes>());
        var outcomes = new OutcomePolicy(policy ?? _bus.FindOrShared<IRetryPolicy>(), _logger);
        var batches = table.Batches.Handlers.Count == 0
            ? null : new BatchInvoker(table.Batches, _services, outcomes, _bus.Find<IBatchObserver>(), _logger);
        return new HostedGroup(settings, table.Types, new HandlerInvoker(table, _services, outcomes, _logger), batches);
    }

    private HostedGroup NewMatching(Keyspace keyspace)
    {
        var settings = GroupSettings.Of(TriggerMatcher.Group, _options) with { Concurrency = _options.MatchingConcurrency };
        var outcomes = new OutcomePolicy(_bus.FindOrShared<IRetryPolicy>(), _logger);
        return new HostedGroup(settings, [], new TriggerMatcher(
            keyspace, _bus.Get<TriggerWriter>(), _bus.Get<IEventStore>(), _bus.Get<SubscriptionWriter>(), outcomes,
            new TriggerErrorReporter(keyspace, _logger)));
    }
}
