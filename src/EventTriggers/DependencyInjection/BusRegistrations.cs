using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.DependencyInjection.Deferred;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Publishing;
using EventTriggers.Redis.Stores;
using EventTriggers.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackExchange.Redis;

namespace EventTriggers.DependencyInjection;

/// <summary>Registers the services of one bus, each unless the host has registered it already.</summary>
internal static class BusRegistrations
{
    public static void Add(IServiceCollection services, string? key)
    {
        void Add<T>(Func<BusProvider, T> make)
            where T : class =>
            services.TryAdd(key is null
                ? ServiceDescriptor.Singleton(provider => make(new BusProvider(provider, null)))
                : ServiceDescriptor.KeyedSingleton(key, (provider, _) => make(new BusProvider(provider, key))));

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<PrefixOwners>();
        Add<IEventSerializer>(static bus => new JsonEventSerializer(bus.All<PayloadMetadata>()));
        Add(static bus => new EventTypes(
            bus.All<EventTypeRegistration>(),
            bus.All<OldName>(),
            bus.All<HandlerRegistration>().Where(static handler => handler.Type is null).Select(static handler => handler.PayloadType)));
        Add(static _ => new RedisClock(Pinned: null));
        Add(static bus => new OutgoingEvents(bus.Options, bus.Get<IEventSerializer>(), bus.Get<EventTypes>(), bus.Get<RedisClock>()));
        Add(NewKeyspace);
        Add(static bus => new HostedGroups(bus));
        Add(static bus => new SessionServices(bus));
        Add<IEventBus>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredEventBus(later, () => NewEventBus(bus)) : NewEventBus(bus));
        Add<IEventStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredEventStore(later, () => NewEventStore(bus)) : NewEventStore(bus));
        Add<IOperationStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredOperationStore(later, () => NewOperationStore(bus)) : NewOperationStore(bus));
        Add<IGroupStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredGroupStore(later, () => NewGroupStore(bus)) : NewGroupStore(bus));
        Add<IRateLimitStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredRateLimitStore(later, () => NewRateLimitStore(bus)) : NewRateLimitStore(bus));
        Add<IAuditStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredAuditStore(later, () => NewAuditStore(bus)) : NewAuditStore(bus));
        Add<IServerStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredServerStore(later, () => NewServerStore(bus)) : NewServerStore(bus));
        Add(static bus => new SubscriptionWriter(bus.Get<Keyspace>()));
        Add(static bus => new TriggerWriter(
            bus.Get<Keyspace>(), bus.Get<SubscriptionWriter>(), bus.Get<OutgoingEvents>(), bus.Get<EventTypes>(),
            bus.Get<IEventSerializer>()));
        Add<ITriggerStore>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredTriggerStore(later, () => NewTriggerStore(bus)) : NewTriggerStore(bus));
        Add<IConsumerLoop>(static bus => bus.Find<DeferredConnection>() is { } later
            ? new DeferredConsumerLoop(later, () => NewConsumerLoop(bus), bus.Time, bus.Logger<ConsumerLoop>()) : NewConsumerLoop(bus));
    }

    private static RedisEventBus NewEventBus(BusProvider bus) => new(
        bus.Get<Keyspace>(), bus.Get<OutgoingEvents>(), bus.Get<SubscriptionWriter>(), bus.Time, bus.Logger<RedisEventBus>());

    private static RedisEventStore NewEventStore(BusProvider bus) => new(bus.Get<Keyspace>());

    // It counts with the library's own store, whatever the host has put in its place.
    private static RedisOperationStore NewOperationStore(BusProvider bus) => new(bus.Get<Keyspace>());

    private static RedisGroupStore NewGroupStore(BusProvider bus) => new(bus.Get<Keyspace>(), NewEventStore(bus), bus.Time);

    private static RedisRateLimitStore NewRateLimitStore(BusProvider bus) => new(bus.Get<Keyspace>());

    private static RedisAuditStore NewAuditStore(BusProvider bus) => new(bus.Get<Keyspace>());

    private static RedisServerStore NewServerStore(BusProvider bus) => new(bus.Get<Keyspace>());

    private static RedisTriggerStore NewTriggerStore(BusProvider bus) => new(
        bus.Get<Keyspace>(), bus.Get<TriggerWriter>(), bus.Get<OutgoingEvents>());

    private static ConsumerLoop NewConsumerLoop(BusProvider bus) => new(
        bus.Get<Keyspace>(), bus.Get<SessionServices>(), bus.Time, bus.Logger<ConsumerLoop>());

    private static Keyspace NewKeyspace(BusProvider bus)
    {
        var options = bus.Options;
        var connection = bus.Find<BusConnection>()?.Make(bus.Services) ?? bus.Find<DeferredConnection>()?.Current
            ?? bus.FindOrShared<IConnectionMultiplexer>() ?? throw NoConnection(bus.Key);
        bus.Services.GetRequiredService<PrefixOwners>().Claim(connection, options.KeyPrefix, bus.Key);
        return new Keyspace(connection, options, bus.Get<RedisClock>(), bus.Time, bus.Logger<Keyspace>());
    }

    private static InvalidOperationException NoConnection(string? key) => new(key is null
        ? $"No {nameof(IConnectionMultiplexer)} is registered, and AddRedisTriggers uses the application's. Register one: "
            + "services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(\"localhost:6379\"))."
        : $"Bus '{key}' has no connection. Call UseConnection, or register an {nameof(IConnectionMultiplexer)}, with the key '{key}' or "
            + "without one.");
}
