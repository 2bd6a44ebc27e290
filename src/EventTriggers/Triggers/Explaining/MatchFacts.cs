using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers.Triggers.Explaining;

/// <summary>Everything that decides what a trigger does with an event.</summary>
internal sealed record MatchFacts
{
    public required TriggerRecord Trigger { get; init; }

    /// <summary>Gets why the trigger's definition cannot be read; <see langword="null"/> if it can.</summary>
    public string? Failure { get; init; }

    /// <summary>Gets the wire name of the event.</summary>
    public required string EventType { get; init; }

    /// <summary>Gets why the event cannot be read; <see langword="null"/> if it can.</summary>
    public string? EventFailure { get; init; }

    /// <summary>Gets a value indicating whether the event was published.</summary>
    public required bool IsPublished { get; init; }

    /// <summary>Gets the event's delivery to the group that matches; <see langword="null"/> for none.</summary>
    public DeliveryRecord? Matching { get; init; }

    /// <summary>Gets what the event may be to the trigger.</summary>
    public IReadOnlyList<ExplainedRole> Roles { get; init; } = [];

    /// <summary>Gets the roles in which matching the event shows it to the trigger.</summary>
    public IReadOnlyList<SubscribedTrigger> Shown { get; init; } = [];

    /// <summary>Gets why no trigger fires for the event; <see langword="null"/> if the event can be matched.</summary>
    public (TriggerVerdict Verdict, string Reason)? MatchFailure { get; init; }

    /// <summary>Gets when the event expires; <see langword="null"/> for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Gets the event for one value of the trigger's key; <see langword="null"/> if it has none, or no rule over time.</summary>
    public KeyedEvent? Keyed { get; init; }

    /// <summary>Gets why what the trigger would raise is not allowed; <see langword="null"/> if it is.</summary>
    public string? RaiseFailure { get; init; }

    /// <summary>Gets what the server says of the trigger and the event.</summary>
    public required ExplainReply Reply { get; init; }

    /// <summary>Gets the rule over time; <see langword="null"/> for none.</summary>
    public OverTimeRule? Rule => Roles.Select(static role => role.Trigger.Rule).FirstOrDefault(static rule => rule is not null);
}
