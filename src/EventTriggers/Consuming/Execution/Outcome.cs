namespace EventTriggers.Consuming.Execution;

/// <summary>The outcome of a delivery.</summary>
internal enum Outcome
{
    /// <summary>Every handler succeeded.</summary>
    Done,

    /// <summary>It is tried again after a delay.</summary>
    Retry,

    /// <summary>It is tried again after a delay that its handler asked for; the attempt is not spent.</summary>
    Later,

    /// <summary>It becomes a dead letter.</summary>
    Dead,

    /// <summary>It is given back at once; the attempt is not spent.</summary>
    Release,

    /// <summary>It is passed on at once to consumers that handle its type, because this one does not; the attempt is not spent.</summary>
    Skip,

    /// <summary>Its cancellation was requested, and its handler has stopped.</summary>
    Cancel,

    /// <summary>Another consumer has it by now: nothing is recorded.</summary>
    Abandon,
}
