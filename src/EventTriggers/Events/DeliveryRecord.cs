namespace EventTriggers;

/// <summary>What became of an event in one group.</summary>
public sealed class DeliveryRecord
{
    /// <summary>Gets the group.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the status.</summary>
    public required DeliveryStatus Status { get; init; }

    /// <summary>Gets how often it was handed to a consumer.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets how often its consumer was lost while it held the delivery.</summary>
    public int Crashes { get; init; }

    /// <summary>Gets the number of the last claim; what is said with an older number is refused.</summary>
    public long Fence { get; init; }

    /// <summary>Gets the last failure, if any.</summary>
    public string? Error { get; init; }
}
