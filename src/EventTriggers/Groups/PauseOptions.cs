namespace EventTriggers;

/// <summary>Settings of a pause of a group.</summary>
public sealed class PauseOptions
{
    /// <summary>Gets or sets the moment at which the pause ends by itself, by the clock of Redis.</summary>
    /// <value>The default is <see langword="null"/>: until the group is resumed. A moment that is over ends the pause at once.</value>
    public DateTimeOffset? Until { get; set; }

    /// <summary>Gets or sets who pauses the group, for others to see.</summary>
    /// <value>At most 200 characters. The default is <see langword="null"/>: not known.</value>
    public string? By { get; set; }

    /// <summary>Gets or sets why the group is paused, for others to see.</summary>
    /// <value>At most 1000 characters. The default is <see langword="null"/>: not known.</value>
    public string? Reason { get; set; }
}
