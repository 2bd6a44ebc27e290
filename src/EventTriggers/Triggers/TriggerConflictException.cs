namespace EventTriggers;

/// <summary>An active or paused trigger has this id and another definition; nothing was changed.</summary>
/// <param name="id">The id.</param>
public sealed class TriggerConflictException(string id) : InvalidOperationException(
    $"Trigger '{id}' exists with another definition; nothing was changed. "
    + "Choose IfExists(OnConflict.Keep) or IfExists(OnConflict.Replace), or another id.")
{
    /// <summary>Gets the id.</summary>
    public string Id { get; } = id;
}
