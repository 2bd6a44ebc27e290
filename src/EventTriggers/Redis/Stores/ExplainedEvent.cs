using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>An event that is explained, as matching sees it.</summary>
/// <param name="Delivery">The event.</param>
/// <param name="Record">The event as it is stored; <see langword="null"/> for a payload that was not published.</param>
/// <param name="Failure">Why it cannot be read; <see langword="null"/> if it can.</param>
internal sealed record ExplainedEvent(Delivery Delivery, EventRecord? Record, string? Failure)
{
    /// <summary>Gets why no trigger fires for it; <see langword="null"/> if it can be matched.</summary>
    public (TriggerVerdict Verdict, string Reason)? MatchFailure { get; init; }

    /// <summary>Gets its delivery to the group that matches; <see langword="null"/> if no trigger subscribed to its type.</summary>
    public DeliveryRecord? Matching => Record?.Deliveries.FirstOrDefault(static one => one.Group == TriggerMatcher.Group);

    /// <summary>Makes an event that is not published.</summary>
    public static ExplainedEvent FromPayload(string id, string type, ReadOnlyMemory<byte> payload) => new(
        new Delivery { Group = TriggerMatcher.Group, Id = id, Fence = 0, Attempt = 1, Type = type, Json = payload.ToArray() }, null, null);

    /// <summary>Reads an event from its hash; <see langword="null"/> for an event that does not exist.</summary>
    public static ExplainedEvent? FromHash(string id, HashEntry[] hash)
    {
        if (EventHash.Read(id, hash) is not { } record)
        {
            return null;
        }

        var fields = new HashFields(hash);
        var delivery = new Delivery
        {
            Group = TriggerMatcher.Group, Id = id, Fence = 0, Attempt = 1, Type = record.Type, Json = PayloadPieces.Read(fields),
            PublishedMs = fields.Number("at") ?? 0, Headers = fields.Bytes("headers"), CorrelationId = record.CorrelationId,
        };
        if (fields.Text("subs") is { } subs)
        {
            if (Watermark.TryParse(subs, out var mark))
            {
                delivery.Watermark = mark;
            }
            else
            {
                fields.Note("subs", "the number of a subscription");
            }
        }

        if (fields.Text("depth") is { } depth)
        {
            if (TriggerChain.TryParse(depth, out var chain))
            {
                delivery.Chain = chain;
            }
            else
            {
                fields.Note("depth", "a chain of triggers");
            }
        }

        return new ExplainedEvent(delivery, record, fields.Unreadable);
    }

    /// <summary>Makes an event whose key does not hold a hash.</summary>
    public static ExplainedEvent Foreign(string id) => new(
        new Delivery { Group = TriggerMatcher.Group, Id = id, Fence = 0, Attempt = 1 }, EventHash.Foreign(id),
        EventHash.Foreign(id).Unreadable);
}
