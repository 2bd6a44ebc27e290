namespace EventTriggers;

/// <summary>A pause of a group.</summary>
public sealed class GroupPause
{
    /// <summary>
    /// Gets the moment at which the group was paused, by the clock of Redis; <see langword="null"/> if it cannot be read.
    /// </summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Gets the moment at which the pause ends by itself; <see langword="null"/> if it lasts until the group is resumed.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Gets who paused the group, as it was given; <see langword="null"/> if it was not.</summary>
    public string? By { get; init; }

    /// <summary>Gets why the group was paused, as it was given; <see langword="null"/> if it was not.</summary>
    public string? Reason { get; init; }
}
