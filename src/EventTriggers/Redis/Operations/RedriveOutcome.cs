namespace EventTriggers.Redis.Operations;

/// <summary>What became of a dead letter that was to be put back.</summary>
internal enum RedriveOutcome
{
    /// <summary>It is ready again.</summary>
    Redriven,

    /// <summary>The event is not a dead letter in the group, or in any group.</summary>
    NotDead,

    /// <summary>There is no event with this id.</summary>
    NotFound,
}
