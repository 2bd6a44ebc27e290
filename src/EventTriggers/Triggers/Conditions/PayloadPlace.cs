using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>A value of a payload.</summary>
/// <param name="Number">The number of the place in <see cref="PayloadPaths"/>.</param>
/// <param name="Kind">The kind of the first token.</param>
/// <param name="Start">The offset of the value, in bytes.</param>
/// <param name="Length">The length of the value, in bytes.</param>
internal readonly record struct PayloadPlace(int Number, JsonTokenType Kind, int Start, int Length);
