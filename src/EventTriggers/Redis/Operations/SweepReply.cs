namespace EventTriggers.Redis.Operations;

/// <summary>How far a sweep has come.</summary>
/// <param name="Cursor">Where in the lanes to go on.</param>
/// <param name="Forgotten">How much was forgotten.</param>
internal readonly record struct SweepReply(string Cursor, int Forgotten);
