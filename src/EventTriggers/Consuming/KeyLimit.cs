namespace EventTriggers.Consuming;

/// <summary>How many deliveries of one key of a group may begin in a span of time.</summary>
/// <param name="Count">How many in the span.</param>
/// <param name="PerMicroseconds">The span, in microseconds.</param>
/// <param name="Burst">How many may begin at once after a pause.</param>
internal readonly record struct KeyLimit(int Count, long PerMicroseconds, int Burst);
