namespace EventTriggers.Tool.Documents;

/// <summary>What became of a change.</summary>
internal sealed class ChangeDocument
{
    public required string Action { get; init; }

    public required string Target { get; init; }

    public required string Outcome { get; init; }

    public required string Text { get; init; }
}
