using System.Text.Json;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>An event on its way to the triggers that it matched, as scripts take it.</summary>
internal sealed class MatchedEvent(Delivery delivery) : IDisposable
{
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

    /// <summary>Gets the payload of what a trigger raises for it; '' for the trigger's own.</summary>
    public RedisValue PayloadOf(WatchedTrigger trigger) =>
        trigger.Template is null ? RedisValue.EmptyString : trigger.Template.Render((_document ??= JsonDocument.Parse(delivery.Json)).RootElement);

    public void Dispose() => _document?.Dispose();
}
