namespace EventTriggers;

/// <summary>What to do when a trigger with the same id exists.</summary>
/// <remarks>
/// A trigger with the same definition is left as it is, even if it has completed; but a completed <see cref="Trigger.After"/> begins anew,
/// because its time is relative. A canceled trigger, or one whose retention is over, is always replaced.
/// </remarks>
public enum OnConflict
{
    /// <summary>
    /// Throw a <see cref="TriggerConflictException"/> if it is active or paused; replace it if it has completed. This is the default.
    /// </summary>
    Throw,

    /// <summary>Leave the existing trigger as it is, even if it has completed.</summary>
    Keep,

    /// <summary>Replace the existing trigger.</summary>
    Replace,
}
