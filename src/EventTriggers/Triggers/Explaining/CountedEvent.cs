namespace EventTriggers;

/// <summary>An event that a rule over time counts, or that waits in it.</summary>
public sealed class CountedEvent
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the moment at which it was published.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Gets what it is to the trigger: <see cref="ConditionRole.Source"/> or <see cref="ConditionRole.Following"/>.</summary>
    public required ConditionRole Role { get; init; }
}
