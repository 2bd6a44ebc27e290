using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Examining;

/// <summary>What <c>et doctor</c> found out about one thing.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Text">What was found.</param>
/// <param name="Advice">What to do; <see langword="null"/> for nothing.</param>
internal sealed record Check(string Name, Level Level, string Text, string? Advice = null);
