using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers.Triggers;
using EventTriggers.Triggers.OverTime;

namespace EventTriggers;

/// <summary>An event trigger, for events that are named by their payload type.</summary>
/// <typeparam name="TEvent">The payload type of the events.</typeparam>
public sealed class TriggerOnEvent<TEvent> : TriggerOn<TriggerOnEvent<TEvent>>
    where TEvent : notnull
{
    private const string Reflection =
        "Names are found by reflection. In trimmed or native programs give ToPattern the options of a JsonSerializerContext.";

    internal TriggerOnEvent(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>
    /// Fires only for events for which a condition holds. The condition is translated to a pattern, which is stored with the trigger; it
    /// does not run as code.
    /// </summary>
    /// <remarks>
    /// <para>The condition can compare members with values, and use <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>; <c>StartsWith</c>,
    /// <c>EndsWith</c>, <c>Contains</c> and <c>Equals</c> of strings, ordinal or (but for <c>Contains</c>)
    /// <see cref="StringComparison.OrdinalIgnoreCase"/>; <c>Contains</c> of a collection of your program; nullable and enum members,
    /// members of members; <c>Any(…)</c> and <c>Contains</c> of a collection in the payload. docs/conditions.md has the whole list.
    /// Anything else is refused when the trigger is added, with a <see cref="NotSupportedException"/> that names the part.</para>
    /// <para>
    /// Names and values are those that the serializer writes. A member that is not written has the value that it has when the payload is
    /// read.
    /// </para>
    /// </remarks>
    /// <param name="condition">The condition; with the conditions of other calls, all of them must hold.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="InvalidOperationException">The trigger already has a pattern.</exception>
    public TriggerOnEvent<TEvent> Where(Expression<Func<TEvent, bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Definition.Condition is null or { Pattern: null }
            ? With(Definition with { Condition = new ConditionSource([.. Definition.Condition?.Lambdas ?? [], condition]) })
            : throw new InvalidOperationException("The trigger already has a condition: call Matching once, or Where any number of times.");
    }

    /// <inheritdoc cref="TriggerOn{TRule}.Per(string)"/>
    /// <param name="field">
    /// The field: a member, or a member of a member, that is a string, a number, an enum, a character, a <see cref="Guid"/>, a date, a time
    /// of day or a time span. Any other is refused when the trigger is added, with a <see cref="NotSupportedException"/>.
    /// </param>
    public TriggerOnEvent<TEvent> Per(Expression<Func<TEvent, object?>> field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return Per(FieldSelector.From(field));
    }

    /// <inheritdoc cref="TriggerOn{TRule}.DistinctBy(string, TimeSpan)"/>
    /// <param name="field">
    /// The field: a member, or a member of a member, that is a string, a number, an enum, a character, a <see cref="Guid"/>, a date, a time
    /// of day or a time span. Any other is refused when the trigger is added, with a <see cref="NotSupportedException"/>.
    /// </param>
    /// <param name="within">The time for which an event with the same value is skipped; 1 millisecond to 30 days.</param>
    public TriggerOnEvent<TEvent> DistinctBy(Expression<Func<TEvent, object?>> field, TimeSpan within)
    {
        ArgumentNullException.ThrowIfNull(field);
        return DistinctBy(FieldSelector.From(field), within);
    }

    /// <inheritdoc cref="TriggerOn{TRule}.FollowedBy(string, Func{FollowingEvent, FollowingEvent})"/>
    /// <typeparam name="TNext">The payload type of the following event.</typeparam>
    /// <param name="configure">
    /// Restricts the following event by conditions, or names the member that holds the key there; <see langword="null"/> for any event of
    /// the type.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="configure"/> returned <see langword="null"/>.</exception>
    public TriggerWithin<TriggerOnEvent<TEvent>> FollowedBy<TNext>(Func<FollowingEvent<TNext>, FollowingEvent<TNext>>? configure = null)
        where TNext : notnull => Await(OverTimeKind.FollowedBy, Next(configure));

    /// <inheritdoc cref="TriggerOn{TRule}.NotFollowedBy(string, Func{FollowingEvent, FollowingEvent})"/>
    /// <typeparam name="TNext">The payload type of the following event.</typeparam>
    /// <param name="configure">
    /// Restricts the following event by conditions, or names the member that holds the key there; <see langword="null"/> for any event of
    /// the type.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="configure"/> returned <see langword="null"/>.</exception>
    public TriggerWithin<TriggerOnEvent<TEvent>> NotFollowedBy<TNext>(Func<FollowingEvent<TNext>, FollowingEvent<TNext>>? configure = null)
        where TNext : notnull => Await(OverTimeKind.NotFollowedBy, Next(configure));

    /// <summary>Gets the pattern of the condition, for payloads that are serialized with web defaults.</summary>
    /// <returns>The pattern; <see langword="null"/> if there is no condition.</returns>
    /// <exception cref="NotSupportedException">No pattern can express the condition; the message names the part.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public EventPattern? ToPattern() => ToPattern(JsonSerializerOptions.Web);

    /// <summary>Gets the pattern of the condition.</summary>
    /// <param name="options">The options with which payloads are serialized.</param>
    /// <returns>The pattern; <see langword="null"/> if there is no condition.</returns>
    /// <exception cref="NotSupportedException">No pattern can express the condition; the message names the part.</exception>
    public EventPattern? ToPattern(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Definition.Condition?.Read(options);
    }

    private protected override TriggerOnEvent<TEvent> With(TriggerDefinition definition) => new(definition);

    private static Func<OverTimeDefinition, OverTimeDefinition> Next<TNext>(Func<FollowingEvent<TNext>, FollowingEvent<TNext>>? configure)
        where TNext : notnull
    {
        var any = new FollowingEvent<TNext>();
        var next = configure is null
            ? any
            : configure(any) ?? throw new ArgumentException("Must return the event, but returned null.", nameof(configure));
        return over => over with { NextPayload = typeof(TNext), NextCondition = next.Condition, NextPer = next.Field };
    }
}
