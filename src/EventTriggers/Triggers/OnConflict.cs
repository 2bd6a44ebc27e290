namespace EventTriggers;

/// <summary>What to do when a trigger of the same id exists.</summary>
/// <remarks>
/// One that is defined in the same way stays as it is, also when it has completed; a completed <see cref="Trigger.After"/> begins anew,
/// because its time is relative. A cancelled trigger, and one whose retention is over, is in nobody's way.
/// </remarks>
public enum OnConflict
{
    /// <summary>Throw <see cref="TriggerConflictException"/> if it is active or paused; take the place of a completed one. The default.</summary>
    Throw,

    /// <summary>Leave the existing trigger as it is, also one that has completed.</summary>
    Keep,

    /// <summary>Put the new trigger in its place.</summary>
    Replace,
}
