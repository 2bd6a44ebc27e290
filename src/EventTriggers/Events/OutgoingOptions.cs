using EventTriggers.Triggers.Matching;

namespace EventTriggers.Events;

/// <summary>What an event may be published with, as scripts take it.</summary>
internal sealed record OutgoingOptions(long? DelayMs, long? ExpiresMs, string? CorrelationId, string? Headers, bool IdWasChosen)
{
    /// <summary>Gets which triggers led to it, one after another.</summary>
    public TriggerChain Chain { get; init; } = TriggerChain.None;

    /// <summary>Gets when it becomes ready, in unix ms, in place of a delay.</summary>
    public long? DueMs { get; init; }

    /// <summary>Gets which events cancel it.</summary>
    public CancelOnRule? CancelOn { get; init; }

    public static OutgoingOptions None { get; } = new(null, null, null, null, IdWasChosen: false);
}
