namespace EventTriggers.Dashboard.Api;

/// <summary>Asks for a change of a trigger.</summary>
internal sealed class TriggerChange
{
    public required string Id { get; init; }

    /// <summary>Gets when it is due instead.</summary>
    public DateTimeOffset? DueAt { get; init; }
}
