using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;

namespace EventTriggers.Triggers.Matching;

/// <summary>An event and what the triggers that it matched take from it.</summary>
/// <param name="delivery">The event.</param>
/// <param name="among">How many triggers fire for it.</param>
/// <param name="mostBytes">The most bytes that a payload may have.</param>
/// <param name="partitions">The number of partitions.</param>
internal sealed class MatchedEvent(Delivery delivery, int among, int mostBytes, int partitions)
{
    public Delivery Delivery => delivery;

    /// <summary>Gets the event as JSON, as it stands among the sources of a firing.</summary>
    /// <exception cref="JsonException">Its payload is not JSON.</exception>
    public byte[] Source { get; } = FiringJson.WriteSource(new SourceEvent
    {
        Id = delivery.Id,
        Type = delivery.Type,
        PublishedAt = UnixTime.ToDateTimeOffset(delivery.PublishedMs),
        Payload = delivery.Json,
    });

    /// <summary>Gets the context in which it was published, as it is stored; <see langword="null"/> for none.</summary>
    public string? Trace { get; } = DeliveryTrace.TextOf(delivery);

    /// <summary>Gets the triggers that lead to what one of the triggers raises for it.</summary>
    public TriggerChain ChainThrough(SubscribedTrigger trigger) => delivery.Chain.Through(trigger.Mark, among);

    /// <summary>
    /// Gets the key that what a trigger raises for it inherits; <see langword="null"/> for none. All events of a key live in one partition,
    /// and what a trigger raises lives in that of the trigger.
    /// </summary>
    public string? KeyFor(SubscribedTrigger trigger) =>
        delivery.Key is { } key && RaisedOptions.LivesWith(trigger.Subscription.Id, key, partitions) ? key : null;

    /// <summary>Renders the payload of what a trigger raises for it; empty for the trigger's own.</summary>
    /// <exception cref="FormatException">The payload would be larger or deeper than allowed.</exception>
    public ReadOnlyMemory<byte> Render(SubscribedTrigger trigger) =>
        trigger.Template?.Render(delivery.Json, mostBytes) ?? default(ReadOnlyMemory<byte>);
}
