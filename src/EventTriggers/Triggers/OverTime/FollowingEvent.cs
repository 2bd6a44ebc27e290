using System.Linq.Expressions;
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
    /// <exception cref="InvalidOperationException">The following event already has a condition.</exception>
    public FollowingEvent Matching(string pattern) => Matching(EventPattern.Parse(pattern));

    /// <summary>Requires that the payload of the following event matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>The event with the condition.</returns>
    /// <exception cref="ArgumentNullException">The pattern is <see langword="null"/>.</exception>
    /// <exception cref="InvalidOperationException">The following event already has a condition.</exception>
    public FollowingEvent Matching(EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Condition is null
            ? new FollowingEvent(Type) { Condition = new ConditionSource(pattern), Field = Field }
            : throw new InvalidOperationException($"The following event '{Type}' already has a condition: give it one pattern.");
    }

    /// <summary>
    /// Names the field of the following event that holds the trigger's key (<c>Per</c>), where it has another name there.
    /// </summary>
    /// <param name="field">The names that lead to the field, joined by dots, such as <c>user.id</c>.</param>
    /// <returns>The event with the field.</returns>
    /// <exception cref="ArgumentException">A name is empty, or the names have more than 1000 characters together.</exception>
    public FollowingEvent Per(string field) => new(Type) { Condition = Condition, Field = FieldSelector.From(field, nameof(field)) };
}

/// <summary>The event, named by its payload type, that follows another one, or fails to. Each call returns a new value.</summary>
/// <typeparam name="TEvent">The payload type of the following event.</typeparam>
public sealed class FollowingEvent<TEvent>
    where TEvent : notnull
{
    internal FollowingEvent()
    {
    }

    internal ConditionSource? Condition { get; private init; }

    internal FieldSelector? Field { get; private init; }

    /// <summary>
    /// Requires that a condition holds for the payload of the following event, see <see cref="TriggerOnEvent{TEvent}.Where"/>.
    /// </summary>
    /// <remarks>
    /// A condition that no pattern can express is refused with a <see cref="NotSupportedException"/> when the trigger is added.
    /// </remarks>
    /// <param name="condition">The condition; with the conditions of other calls, all of them must hold.</param>
    /// <returns>The event with the condition.</returns>
    /// <exception cref="ArgumentNullException">The condition is <see langword="null"/>.</exception>
    public FollowingEvent<TEvent> Where(Expression<Func<TEvent, bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return new FollowingEvent<TEvent> { Condition = new ConditionSource([.. Condition?.Lambdas ?? [], condition]), Field = Field };
    }

    /// <summary>
    /// Names the field of the following event that holds the trigger's key (<c>Per</c>), where it has another name there.
    /// </summary>
    /// <remarks>
    /// A field whose type cannot be a key is refused with a <see cref="NotSupportedException"/> when the trigger is added.
    /// </remarks>
    /// <param name="field">The field: a member, or a member of a member.</param>
    /// <returns>The event with the field.</returns>
    /// <exception cref="ArgumentNullException">The field is <see langword="null"/>.</exception>
    public FollowingEvent<TEvent> Per(Expression<Func<TEvent, object?>> field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return new FollowingEvent<TEvent> { Condition = Condition, Field = FieldSelector.From(field) };
    }
}
