using System.Text.Json;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>An event on its way to the triggers that it matched, as scripts take it.</summary>
internal sealed class MatchedEvent(Delivery delivery, int mostBytes, ILogger logger) : IDisposable
{
    private Dictionary<WatchedTrigger, byte[]>? _payloads;
    private JsonDocument? _document;

    public Delivery Delivery => delivery;

    /// <summary>Gets it as JSON, as it stands among the sources of a firing.</summary>
    public byte[] Source { get; } = FiringJson.WriteSource(new SourceEvent
    {
        Id = delivery.Id,
        Type = delivery.Type,
        PublishedAt = Unix.Time(delivery.PublishedMs),
        Json = delivery.Json,
    });

    /// <summary>Gets how many triggers lead to what it raises.</summary>
    public int Depth => delivery.Depth + 1;

    /// <summary>Makes the payload of what a trigger raises for it. A trigger whose payload would be larger than allowed is passed over.</summary>
    public bool CanRender(WatchedTrigger trigger)
    {
        if (trigger.Template is null)
        {
            return true;
        }

        var payload = trigger.Template.Render((_document ??= JsonDocument.Parse(delivery.Json)).RootElement);
        if (payload.Length > mostBytes)
        {
            logger.RaisedTooLarge(trigger.Watch.Id, delivery.Id, payload.Length, mostBytes);
            return false;
        }

        (_payloads ??= [])[trigger] = payload;
        return true;
    }

    /// <summary>Gets the payload of what a trigger raises for it; '' for the trigger's own.</summary>
    public RedisValue PayloadOf(WatchedTrigger trigger) => trigger.Template is null ? RedisValue.EmptyString : _payloads![trigger];

    public void Dispose() => _document?.Dispose();
}
