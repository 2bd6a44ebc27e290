namespace EventTriggers.Dashboard.Api;

/// <summary>Asks to stop a bulk operation.</summary>
internal sealed class OperationChange
{
    public required string Id { get; init; }
}
