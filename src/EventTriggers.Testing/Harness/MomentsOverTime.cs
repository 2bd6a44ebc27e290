namespace EventTriggers.Testing.Harness;

/// <summary>The moments for which a trigger over time waits.</summary>
/// <param name="First">The earliest.</param>
/// <param name="Count">Their number: one for each value of the trigger's key.</param>
internal sealed record MomentsOverTime(DateTimeOffset First, int Count);
