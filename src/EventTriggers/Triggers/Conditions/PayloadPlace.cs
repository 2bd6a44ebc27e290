using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A value of a payload.</summary>
/// <param name="Number">The number of its place in <see cref="PayloadPaths"/>.</param>
/// <param name="Kind">How it begins.</param>
/// <param name="Start">Where it begins, in bytes.</param>
/// <param name="Length">How long it is, in bytes.</param>
internal readonly record struct PayloadPlace(int Number, JsonTokenType Kind, int Start, int Length);
