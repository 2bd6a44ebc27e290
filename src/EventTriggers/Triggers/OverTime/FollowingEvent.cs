using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <summary>The event, named by its wire name, that follows another one, or fails to. Each call returns a new value.</summary>
public sealed class FollowingEvent
{
    internal FollowingEvent(string type)
    {
        NameRules.ThrowIfInvalidType(type);
        Type = type;
    }

    internal string Type { get; }

    internal ConditionSource? Condition { get; private init; }

    internal FieldSelector? Field { get; private init; }

    /// <summary>Requires that the payload of the following event matches a pattern.</summary>
    /// <param name="pattern">A pattern in the language of EventBridge, see <see cref="EventPattern"/>.</param>
    /// <returns>The event with the condition.</returns>
    /// <exception cref="ArgumentException">The pattern is invalid; the message says where and why.</exception>
    public FollowingEvent Matching(string pattern) => Matching(EventPattern.Parse(pattern));

    /// <summary>Requires that the payload of the following event matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>The event with the condition.</returns>
    /// <exception cref="ArgumentNullException">The pattern is <see langword="null"/>.</exception>
    public FollowingEvent Matching(EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return new FollowingEvent(Type) { Condition = new ConditionSource(pattern), Field = Field };
    }

    /// <summary>Names the field of the following event that holds the trigger's key (<c>Per</c>), where it has another name there.</summary>
    /// <param name="field">The names that lead to the field, joined by dots, such as <c>user.id</c>.</param>
    /// <returns>The event with the field.</returns>
    /// <exception cref="ArgumentException">A name is empty, or the names have more than 1000 characters together.</exception>
    public FollowingEvent Per(string field) => new(Type) { Condition = Condition, Field = FieldSelector.Of(field, nameof(field)) };
}
