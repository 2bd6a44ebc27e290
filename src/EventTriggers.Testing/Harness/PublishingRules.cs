using System.Text.Json.Serialization.Metadata;
using EventTriggers.DependencyInjection;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Serialization;

namespace EventTriggers.Testing.Harness;

/// <summary>
/// What the library checks payloads and options with: its own code, with the names, the serializer and the settings of a host.
/// </summary>
internal sealed record PublishingRules(
    EventTypes Types, IEventSerializer Serializer, OutgoingEvents Events, RedisTriggersOptions Options, TimeProvider Time)
{
    /// <summary>Gets the rules of a bus.</summary>
    /// <param name="services">The host's services. Without any, or without this bus, the defaults hold.</param>
    /// <param name="key">The key of the bus; <see langword="null"/> for the default bus.</param>
    public static PublishingRules Of(IServiceProvider? services, string? key = null)
    {
        var time = services?.GetService(typeof(TimeProvider)) as TimeProvider ?? TimeProvider.System;
        if (services is not null && new BusProvider(services, key) is var bus && FindEvents(bus) is { } events)
        {
            return new PublishingRules(bus.Get<EventTypes>(), bus.Get<IEventSerializer>(), events, bus.Options, time);
        }

        var types = new EventTypes([], [], []);
        var serializer = new JsonEventSerializer([new PayloadMetadata(new DefaultJsonTypeInfoResolver())]);
        var options = new RedisTriggersOptions();
        return new PublishingRules(
            types, serializer, new OutgoingEvents(options, serializer, types, new RedisClock(time)), options, time);
    }

    // A provider that is made by hand may not know keys.
    private static OutgoingEvents? FindEvents(BusProvider bus) =>
        bus.Key is null ? (OutgoingEvents?)bus.Services.GetService(typeof(OutgoingEvents)) : bus.Find<OutgoingEvents>();
}
