namespace EventTriggers.Dashboard.Api;

/// <summary>Asks for a change of the events of a type.</summary>
internal sealed class TypeChange
{
    public required string Type { get; init; }
}
