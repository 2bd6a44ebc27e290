namespace EventTriggers.Dashboard.Api;

/// <summary>One field that a condition names, and what the payload has there.</summary>
internal sealed class FieldView
{
    public required string Path { get; init; }

    public required string Wanted { get; init; }

    public string? Found { get; init; }

    public required bool Holds { get; init; }
}
