namespace EventTriggers.Worker;

/// <summary>What the worker handles.</summary>
/// <param name="Number">Tells jobs apart.</param>
/// <param name="Fate">
/// What becomes of it: nothing special, <c>quick</c> (its handler ends at once), <c>fail</c> (it throws), <c>block</c> (it blocks a
/// thread), <c>later</c> (it asks to be retried later), <c>die</c> or <c>overflow</c> (the process ends).
/// </param>
[EventType("test.job")]
public sealed record Job(int Number, string? Fate = null);
