namespace EventTriggers.Dashboard.Effects;

/// <summary>What one trigger made of an event.</summary>
internal sealed class EffectView
{
    public required string TriggerId { get; init; }

    public required TriggerVerdict Verdict { get; init; }

    public required string Reason { get; init; }

    /// <summary>Gets the event that it raised.</summary>
    public string? RaisedId { get; init; }

    public string? RaisedType { get; init; }

    /// <summary>Gets the deliveries of the raised event; <see langword="null"/> if its retention is over.</summary>
    public IReadOnlyList<DeliveryRecord>? Deliveries { get; init; }
}
