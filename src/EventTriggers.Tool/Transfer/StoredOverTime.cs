using System.Text.Json;

namespace EventTriggers.Tool.Transfer;

/// <summary>The rule over time of an exported trigger. Fields are JSON pointers, such as <c>/user/id</c>.</summary>
internal sealed class StoredOverTime
{
    public required OverTimeKind Kind { get; init; }

    public int? Count { get; init; }

    public TimeSpan? Span { get; init; }

    public TimeSpan? MaxWait { get; init; }

    public string? Per { get; init; }

    public string? NextType { get; init; }

    public IReadOnlyList<string>? NextAliases { get; init; }

    public JsonElement? NextPattern { get; init; }

    public string? NextPer { get; init; }

    public string? DistinctBy { get; init; }

    public TimeSpan? DistinctSpan { get; init; }

    public int? AtMost { get; init; }

    public TimeSpan? AtMostSpan { get; init; }
}
