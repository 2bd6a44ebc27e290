namespace EventTriggers.Redis.Operations;

/// <summary>What explain.lua answers.</summary>
/// <param name="Outcome">What the trigger does with the event: a word of fire_matches.lua or observe.lua, or 'over'.</param>
/// <param name="NowMs">The time of the answer, in unix ms.</param>
/// <param name="RaisedId">The id of what the trigger raised for the event; empty for nothing.</param>
internal sealed record ExplainReply(string Outcome, long NowMs, string RaisedId)
{
    /// <summary>The number of words of a reply about a trigger without a rule over time.</summary>
    public const int Words = 3;

    /// <summary>Gets a value indicating whether what a rule over time knows was read.</summary>
    public bool HasState { get; init; }

    /// <summary>
    /// Gets when the event was published, if the trigger waits for it and it still counts, or would; the same below zero if it does not;
    /// <see langword="null"/> if the trigger keeps nothing of it.
    /// </summary>
    public long? EntryScore { get; init; }

    /// <summary>Gets the same for an event that follows or answers.</summary>
    public long? AnswerScore { get; init; }

    /// <summary>Gets when the trigger is due to fire, in unix ms; <see langword="null"/> if that is not known.</summary>
    public long? DueMs { get; init; }

    /// <summary>Gets a value indicating whether earlier events may have been forgotten.</summary>
    public bool IsStale { get; init; }

    /// <summary>Gets the events that count or wait, near the event.</summary>
    public IReadOnlyList<(string Id, long Ms)> Entries { get; init; } = [];

    /// <summary>Gets the events that may follow or answer, near the event.</summary>
    public IReadOnlyList<(string Id, long Ms)> Answers { get; init; } = [];

    /// <summary>Gets the first event that answers the event; <see langword="null"/> if there is none.</summary>
    public (string Id, long Ms)? Answer { get; init; }

    /// <summary>Gets when the trigger fired near the moment at which it would fire, in unix ms.</summary>
    public IReadOnlyList<long> FiredMs { get; init; } = [];

    /// <summary>
    /// Gets the event that had the value of the distinct field before; <see langword="null"/> if that is not why the event is skipped.
    /// </summary>
    public (string Id, long Ms)? SameValue { get; init; }
}
