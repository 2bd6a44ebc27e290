namespace EventTriggers.Redis.Operations;

/// <summary>How far a sweep has come.</summary>
/// <param name="Cursor">Where in the lanes to go on.</param>
/// <param name="Forgotten">How much was forgotten.</param>
/// <param name="HasOperations">Whether a bulk operation runs.</param>
/// <param name="LetGo">
/// The keys that went on because the dead letter was forgotten that they waited behind, each as its group, the key, and the dead letter.
/// </param>
/// <param name="Parked">The groups that have parked deliveries.</param>
internal readonly record struct SweepReply(
    string Cursor, int Forgotten, bool HasOperations, IReadOnlyList<string> LetGo, IReadOnlyList<string> Parked);
