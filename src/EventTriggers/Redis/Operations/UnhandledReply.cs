namespace EventTriggers.Redis.Operations;

/// <summary>The news of parked deliveries.</summary>
/// <param name="Next">The place of the parked list to continue with; −1 at the end.</param>
/// <param name="Types">The types that there is something to report about.</param>
internal readonly record struct UnhandledReply(int Next, IReadOnlyList<UnhandledType> Types);
