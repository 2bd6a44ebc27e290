using EventTriggers.Redis.Operations;

namespace EventTriggers.Triggers.Matching;

/// <summary>An event that waits to be observed by a trigger over time.</summary>
/// <param name="observed">The event, for one value of the trigger's key.</param>
/// <param name="matched">The event.</param>
/// <param name="payload">The payload of what the trigger raises; empty for its own.</param>
/// <param name="trace">The context of the span that fires the trigger; <see langword="null"/> for none.</param>
internal sealed class PendingObservation(KeyedEvent observed, MatchedEvent matched, ReadOnlyMemory<byte> payload, string? trace)
    : ICoalesced
{
    // Keys and ids.
    private const int Overhead = 500;

    private readonly TaskCompletionSource<MatchReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public KeyedEvent Event => observed;

    public MatchedEvent Matched => matched;

    public ReadOnlyMemory<byte> Payload => payload;

    public string? Trace => trace;

    public Task<MatchReply> Reply => _reply.Task;

    public int Count => 1;

    public int Size { get; } = matched.Source.Length + payload.Length + Overhead;

    public void Complete(MatchReply reply) => _reply.SetResult(reply);

    public void Fail(Exception exception) => _reply.TrySetException(exception);
}
