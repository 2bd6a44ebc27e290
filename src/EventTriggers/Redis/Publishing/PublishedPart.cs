using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Publishing;

/// <summary>What became of events that one caller published together.</summary>
/// <param name="IsRepeated">Whether the event, which is alone then, was accepted before.</param>
/// <param name="Kept">
/// The places of those that were not accepted, because another event has their name, with the id of that one; <see langword="null"/> for
/// none.
/// </param>
internal readonly record struct PublishedPart(bool IsRepeated, IReadOnlyDictionary<int, string>? Kept)
{
    /// <summary>Takes it from the reply to a call with other events.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="first">The place of the first event in the call.</param>
    /// <param name="count">The number of events.</param>
    public static PublishedPart From(PublishReply reply, int first, int count) => new(
        reply.Repeated.Count > 0 && reply.Repeated.Contains(first), reply.Kept is { } kept ? Part(kept, first, count) : null);

    /// <summary>Gets the result for the caller of an event that was published alone.</summary>
    public PublishResult ResultOf(OutgoingEvent alone) => Kept is not null && Kept.TryGetValue(0, out var holder)
        ? new PublishResult(holder, PublishOutcome.Kept)
        : new PublishResult(alone.Id, IsRepeated ? PublishOutcome.Repeated : PublishOutcome.Accepted);

    /// <summary>Gets those that were accepted, now or before.</summary>
    public ArraySegment<OutgoingEvent> AcceptedOf(ArraySegment<OutgoingEvent> events) =>
        Kept is { Count: > 0 } kept ? Without(kept, events) : events;

    private static Dictionary<int, string> Part(IReadOnlyDictionary<int, string> kept, int first, int count) =>
        kept.Where(one => one.Key >= first && one.Key < first + count).ToDictionary(one => one.Key - first, static one => one.Value);

    private static OutgoingEvent[] Without(IReadOnlyDictionary<int, string> kept, ArraySegment<OutgoingEvent> events) =>
        [.. events.Where((_, place) => !kept.ContainsKey(place))];
}
