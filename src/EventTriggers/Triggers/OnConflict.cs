namespace EventTriggers;

/// <summary>What to do when an active or paused trigger of the same id exists. One that is defined in the same way always stays as it is.</summary>
public enum OnConflict
{
    /// <summary>Throw <see cref="TriggerConflictException"/>. The default.</summary>
    Throw,

    /// <summary>Leave the existing trigger as it is.</summary>
    Keep,

    /// <summary>Put the new trigger in its place.</summary>
    Replace,
}
