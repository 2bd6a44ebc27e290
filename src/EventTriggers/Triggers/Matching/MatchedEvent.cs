using System.Text;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Triggers.Matching;

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
        PublishedAt = UnixTime.ToDateTimeOffset(delivery.PublishedMs),
        Payload = delivery.Json,
    });

    /// <summary>Gets what is carried on to what one of the triggers raises for it, see add_trail() in _firing.lua: mostly just which triggers lead to that.</summary>
    public RedisValue TrailBy(SubscribedTrigger trigger)
    {
        var chain = delivery.Chain.By(trigger.Mark, among).ToString();
        if (delivery is { CorrelationId: null, Headers.Length: 0 })
        {
            return chain;
        }

        var correlation = Encoding.UTF8.GetBytes(delivery.CorrelationId ?? string.Empty);
        return (byte[])[.. Encoding.ASCII.GetBytes(FormattableString.Invariant($"{chain} {correlation.Length} ")), .. correlation, .. delivery.Headers];
    }

    /// <summary>Makes the payload of what a trigger raises for it; '' for the trigger's own.</summary>
    /// <exception cref="FormatException">It would be larger or deeper than allowed.</exception>
    public RedisValue PayloadBy(SubscribedTrigger trigger) => trigger.Template?.Render(delivery.Json, mostBytes) ?? RedisValue.EmptyString;
}
