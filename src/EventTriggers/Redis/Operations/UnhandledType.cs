namespace EventTriggers.Redis.Operations;

/// <summary>Parked deliveries of one type that no live host handles.</summary>
/// <param name="IsDead">Whether they became dead letters; otherwise they continue to wait.</param>
/// <param name="Type">Their type.</param>
/// <param name="Count">How many.</param>
/// <param name="Id">The id of one of them.</param>
internal readonly record struct UnhandledType(bool IsDead, string Type, int Count, string Id);
