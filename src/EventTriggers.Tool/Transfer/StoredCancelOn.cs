using System.Text.Json;

namespace EventTriggers.Tool.Transfer;

/// <summary>The events that cancel an exported trigger.</summary>
internal sealed class StoredCancelOn
{
    public required string Type { get; init; }

    public IReadOnlyList<string>? Aliases { get; init; }

    public JsonElement? Pattern { get; init; }
}
