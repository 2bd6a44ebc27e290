namespace EventTriggers.Redis.Operations;

/// <summary>What was found of parked deliveries.</summary>
/// <param name="Next">The place of the lane to go on with; −1 at the end.</param>
/// <param name="Lanes">The lanes that there is something to report of.</param>
internal readonly record struct UnhandledReply(int Next, IReadOnlyList<UnhandledLane> Lanes);
