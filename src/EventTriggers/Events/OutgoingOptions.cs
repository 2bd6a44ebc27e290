using EventTriggers.Triggers.Matching;

namespace EventTriggers.Events;

/// <summary>The options of a published event, in the form that the scripts take.</summary>
internal sealed record OutgoingOptions(long? DelayMs, long? ExpiresMs, string? CorrelationId, string? Headers, bool IdWasChosen)
{
    /// <summary>Gets the triggers that led to the event, in order.</summary>
    public TriggerChain Chain { get; init; } = TriggerChain.None;

    /// <summary>Gets when it becomes ready, in unix ms, in place of a delay.</summary>
    public long? DueMs { get; init; }

    /// <summary>Gets the rule that says which events cancel this one.</summary>
    public CancelOnRule? CancelOn { get; init; }

    /// <summary>Gets the key; <see langword="null"/> for none.</summary>
    public string? Key { get; init; }

    /// <summary>Gets the priority as it is stored; <see langword="null"/> for the normal one.</summary>
    public string? Priority { get; init; }

    /// <summary>Gets the name that makes it unique work; <see langword="null"/> for none.</summary>
    public Unique? Unique { get; init; }

    public static OutgoingOptions None { get; } = new(null, null, null, null, IdWasChosen: false);
}
