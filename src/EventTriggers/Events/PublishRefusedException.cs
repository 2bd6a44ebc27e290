namespace EventTriggers;

/// <summary>
/// A group has as many deliveries waiting as it may have: <see cref="RedisTriggersOptions.MaxReadyPerGroup"/>, or
/// <see cref="GroupOptions.MaxBacklogPerKey"/> for the key of the event. The event was not published, for no group.
/// </summary>
/// <remarks>Publish it later: consumers of the group make room.</remarks>
public sealed class PublishRefusedException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="PublishRefusedException"/> class.</summary>
    /// <param name="group">The group that has no room.</param>
    /// <param name="key">The key of which too many deliveries wait; <see langword="null"/> where the group as a whole has no room.</param>
    /// <param name="waiting">How many deliveries wait, in the partition of the event.</param>
    /// <param name="limit">How many may wait there.</param>
    public PublishRefusedException(string group, string? key, long waiting, long limit)
        : base(MessageOf(group, key, waiting, limit)) => (Group, Key, Waiting, Limit) = (group, key, waiting, limit);

    /// <summary>Gets the group that has no room.</summary>
    public string Group { get; }

    /// <summary>
    /// Gets the key of which too many deliveries wait; <see langword="null"/> where the group as a whole has no room.
    /// </summary>
    public string? Key { get; }

    /// <summary>Gets how many deliveries waited, in the partition of the event.</summary>
    public long Waiting { get; }

    /// <summary>
    /// Gets how many may wait there: with several partitions, each takes an equal share of
    /// <see cref="RedisTriggersOptions.MaxReadyPerGroup"/>.
    /// </summary>
    public long Limit { get; }

    private static string MessageOf(string group, string? key, long waiting, long limit) => key is null
        ? $"Could not publish: {waiting} deliveries of group '{group}' are ready in the partition of the event, where {limit} may be "
            + "(MaxReadyPerGroup). Nothing was changed. Publish it later, or raise the limit."
        : $"Could not publish: {waiting} deliveries of key '{key}' wait in group '{group}', where {limit} may (MaxBacklogPerKey). Nothing "
            + "was changed. Publish it later, or raise the limit.";
}
