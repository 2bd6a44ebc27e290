using System.Text.Json;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>An event on its way to the triggers that it matched, as scripts take it.</summary>
/// <param name="delivery">The event.</param>
/// <param name="among">How many triggers fire for it.</param>
/// <param name="mostBytes">The most bytes of a payload.</param>
internal sealed class MatchedEvent(Delivery delivery, int among, int mostBytes)
{
    public Delivery Delivery => delivery;

    /// <summary>Gets it as JSON, as it stands among the sources of a firing.</summary>
    /// <exception cref="JsonException">Its payload is not JSON.</exception>
    public byte[] Source { get; } = FiringJson.WriteSource(new SourceEvent
    {
        Id = delivery.Id,
        Type = delivery.Type,
        PublishedAt = Unix.Time(delivery.PublishedMs),
        Json = delivery.Json,
    });

    /// <summary>Gets which triggers lead to what one of them raises for it.</summary>
    public RedisValue ChainBy(WatchedTrigger trigger) => delivery.Chain.By(trigger.Mark, among).ToString();

    /// <summary>Makes the payload of what a trigger raises for it; '' for the trigger's own.</summary>
    /// <exception cref="FormatException">It would be larger or deeper than allowed.</exception>
    public RedisValue PayloadBy(WatchedTrigger trigger) => trigger.Template?.Render(delivery.Json, mostBytes) ?? RedisValue.EmptyString;
}
