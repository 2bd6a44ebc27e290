namespace EventTriggers.Consuming.Execution;

/// <summary>What becomes of a delivery.</summary>
internal enum Outcome
{
    /// <summary>Every handler succeeded.</summary>
    Done,

    /// <summary>Tried again after a delay.</summary>
    Retry,

    /// <summary>A dead letter.</summary>
    Dead,

    /// <summary>Given back at once; the attempt is not spent.</summary>
    Release,

    /// <summary>Passed on at once to consumers that handle its type, because this one does not; the attempt is not spent.</summary>
    Skip,

    /// <summary>Its cancellation was asked for, and its handler obeyed.</summary>
    Cancel,

    /// <summary>It belongs to somebody else by now: nothing is said.</summary>
    Abandon,
}
