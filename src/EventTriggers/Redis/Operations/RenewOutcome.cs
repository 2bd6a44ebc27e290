namespace EventTriggers.Redis.Operations;

/// <summary>What became of a lease that was to be extended.</summary>
internal enum RenewOutcome
{
    Extended,

    /// <summary>It was extended, and the event's cancellation is asked for.</summary>
    Canceled,

    /// <summary>Another consumer may have the delivery: the fence is old.</summary>
    Lost,
}
