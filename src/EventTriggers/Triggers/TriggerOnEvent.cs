using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers.Triggers;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <summary>A trigger that fires when events of a payload type come.</summary>
/// <typeparam name="TEvent">The payload type of the events to wait for.</typeparam>
public sealed class TriggerOnEvent<TEvent> : TriggerOn<TriggerOnEvent<TEvent>>
    where TEvent : notnull
{
    private const string Reflection = "Names are found by reflection. In trimmed or native programs give ToPattern the options of a JsonSerializerContext.";

    internal TriggerOnEvent(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Fires only for events of which a condition holds. It is translated to a pattern, stored with the trigger, and runs as no code.</summary>
    /// <remarks>
    /// <para>The condition can compare members with values, and use <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>; <c>StartsWith</c>, <c>EndsWith</c>, <c>Contains</c> and <c>Equals</c> of strings,
    /// ordinal or (but for <c>Contains</c>) <see cref="StringComparison.OrdinalIgnoreCase"/>; <c>Contains</c> of a collection that the program brings; nullable and enum members, members of
    /// members; <c>Any(…)</c> and <c>Contains</c> of a collection in the payload. docs/conditions.md has the whole list. Anything else is refused when the trigger is added, with a
    /// <see cref="NotSupportedException"/> that names the part.</para>
    /// <para>Names and values are those that the serializer writes. A member that is not written counts as what it is when it is read.</para>
    /// </remarks>
    /// <param name="condition">What must hold; with the conditions of other calls, all of them.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="InvalidOperationException">The trigger has a pattern already.</exception>
    public TriggerOnEvent<TEvent> Where(Expression<Func<TEvent, bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Definition.Condition is null or { Pattern: null }
            ? With(Definition with { Condition = new ConditionSource([.. Definition.Condition?.Lambdas ?? [], condition]) })
            : throw new InvalidOperationException("The trigger has a condition already: give it one pattern, or as many Where as you like.");
    }

    /// <inheritdoc cref="TriggerOn{TRule}.Per(string)"/>
    /// <param name="field">Names the field: a member, or a member of a member, that is a string, a number, an enum, a character, a <see cref="Guid"/>, a date, a time of day or a time span. Any other is refused when the trigger is added, with a <see cref="NotSupportedException"/>.</param>
    public TriggerOnEvent<TEvent> Per(Expression<Func<TEvent, object?>> field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return Per(FieldSelector.From(field));
    }

    /// <inheritdoc cref="TriggerOn{TRule}.DistinctBy(string, TimeSpan)"/>
    /// <param name="field">Names the field: a member, or a member of a member, that is a string, a number, an enum, a character, a <see cref="Guid"/>, a date, a time of day or a time span. Any other is refused when the trigger is added, with a <see cref="NotSupportedException"/>.</param>
    /// <param name="within">How far apart two events with one value must be to count both; 1 ms to 30 days.</param>
    public TriggerOnEvent<TEvent> DistinctBy(Expression<Func<TEvent, object?>> field, TimeSpan within)
    {
        ArgumentNullException.ThrowIfNull(field);
        return DistinctBy(FieldSelector.From(field), within);
    }

    /// <inheritdoc cref="TriggerOn{TRule}.FollowedBy(string, TimeSpan, string?, string?)"/>
    /// <typeparam name="TNext">The payload type of the event that follows.</typeparam>
    /// <param name="within">The most between both; 1 ms to 30 days.</param>
    /// <param name="where">What must hold of the event that follows.</param>
    /// <param name="per">Names the field that has the value of <see cref="Per(Expression{Func{TEvent, object}})"/> there, where it is called otherwise.</param>
    public TriggerOnEvent<TEvent> FollowedBy<TNext>(TimeSpan within, Expression<Func<TNext, bool>>? where = null, Expression<Func<TNext, object?>>? per = null)
        where TNext : notnull => Begin(OverTimeKind.FollowedBy, within, Next(where, per));

    /// <inheritdoc cref="TriggerOn{TRule}.NotFollowedBy(string, TimeSpan, string?, string?)"/>
    /// <typeparam name="TNext">The payload type of the event that is missed.</typeparam>
    /// <param name="within">How long it is waited for; 1 ms to 30 days.</param>
    /// <param name="where">What must hold of the event that is missed.</param>
    /// <param name="per">Names the field that has the value of <see cref="Per(Expression{Func{TEvent, object}})"/> there, where it is called otherwise.</param>
    public TriggerOnEvent<TEvent> NotFollowedBy<TNext>(TimeSpan within, Expression<Func<TNext, bool>>? where = null, Expression<Func<TNext, object?>>? per = null)
        where TNext : notnull => Begin(OverTimeKind.NotFollowedBy, within, Next(where, per));

    /// <summary>Gets the pattern of its condition, for payloads that are serialized with web defaults.</summary>
    /// <returns>The pattern; <see langword="null"/> without a condition.</returns>
    /// <exception cref="NotSupportedException">No pattern says what the condition says; the message names the part.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public EventPattern? ToPattern() => ToPattern(JsonSerializerOptions.Web);

    /// <summary>Gets the pattern of its condition.</summary>
    /// <param name="options">How payloads are serialized.</param>
    /// <returns>The pattern; <see langword="null"/> without a condition.</returns>
    /// <exception cref="NotSupportedException">No pattern says what the condition says; the message names the part.</exception>
    public EventPattern? ToPattern(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Definition.Condition?.Read(options);
    }

    private protected override TriggerOnEvent<TEvent> With(TriggerDefinition definition) => new(definition);

    private static Func<OverTimeDefinition, OverTimeDefinition> Next<TNext>(Expression<Func<TNext, bool>>? where, Expression<Func<TNext, object?>>? per)
        where TNext : notnull => over => over with
        {
            NextPayload = typeof(TNext),
            NextCondition = where is null ? null : new ConditionSource([where]),
            NextPer = per is null ? null : FieldSelector.From(per),
        };
}
