namespace EventTriggers.Redis.Operations;

/// <summary>What to do about a stored trigger that has the id of one that is to be stored, and another definition.</summary>
internal enum ConflictRule
{
    /// <summary>Report it.</summary>
    Throw,

    /// <summary>Keep the stored trigger.</summary>
    Keep,

    /// <summary>Replace the stored trigger.</summary>
    Replace,

    /// <summary>Change a trigger that has not ended; store nothing if there is no such trigger.</summary>
    Update,

    /// <summary>Change a trigger that has not ended, or store one.</summary>
    Declare,
}
