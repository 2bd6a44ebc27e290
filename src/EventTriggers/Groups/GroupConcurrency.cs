namespace EventTriggers;

/// <summary>
/// How many deliveries of a group all processes together handle at a time, as it was set with
/// <see cref="IGroupStore.SetConcurrencyAsync"/>.
/// </summary>
public sealed class GroupConcurrency
{
    /// <summary>
    /// Gets how many deliveries of the group all processes together handle at a time, whatever they are configured with. What each of them
    /// has of that is <see cref="ConsumerGroup.Concurrency"/>.
    /// </summary>
    public required int Concurrency { get; init; }

    /// <summary>Gets the moment at which it was set, by the clock of Redis.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Gets who set it, as it was given; <see langword="null"/> if it was not.</summary>
    public string? By { get; init; }
}
