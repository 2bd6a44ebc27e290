using System.Linq.Expressions;
using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;

namespace EventTriggers;

/// <summary>
/// The events that cancel a trigger or a delayed event: all events of a type, or those whose payload satisfies a condition.
/// </summary>
/// <example><code>EventCondition.On&lt;OrderPaid&gt;(paid =&gt; paid.Order == 42)</code></example>
public sealed class EventCondition
{
    private readonly Type? _payload;
    private readonly string? _type;
    private readonly ConditionSource? _condition;

    private EventCondition(Type? payload, string? type, ConditionSource? condition) =>
        (_payload, _type, _condition) = (payload, type, condition);

    /// <summary>Selects events by their payload type.</summary>
    /// <typeparam name="TEvent">The payload type.</typeparam>
    /// <param name="where">
    /// The condition, as in <see cref="TriggerOnEvent{TEvent}.Where"/>; <see langword="null"/> for all events of the type.
    /// </param>
    /// <returns>The condition.</returns>
    public static EventCondition On<TEvent>(Expression<Func<TEvent, bool>>? where = null)
        where TEvent : notnull => new(typeof(TEvent), type: null, where is null ? null : new ConditionSource([where]));

    /// <summary>Selects events by their wire name.</summary>
    /// <param name="type">The wire name.</param>
    /// <param name="matching">The pattern that they must match; <see langword="null"/> for all events of the type.</param>
    /// <returns>The condition.</returns>
    /// <exception cref="ArgumentException">The type or the pattern is not allowed.</exception>
    public static EventCondition On(string type, string? matching = null)
    {
        NameRules.ThrowIfInvalidType(type);
        return new(payload: null, type, matching is null ? null : new ConditionSource(EventPattern.Parse(matching)));
    }

    /// <exception cref="ArgumentException">A wire name or the pattern is not allowed.</exception>
    internal static EventCondition From(CancelOnRecord record) => new(
        payload: null, RecordedTrigger.NamesOf(record.Type, record.Aliases),
        record.Pattern is null ? null : new ConditionSource(EventPattern.Parse(record.Pattern)));

    /// <exception cref="NotSupportedException">No pattern says what the condition says.</exception>
    internal CancelOnRule Read(EventTypes types, IEventSerializer serializer, long expires) =>
        new(_type ?? NameList.Join(types.NamesOf(_payload!)), _condition?.Read(serializer.Options), expires);
}
