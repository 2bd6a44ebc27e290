using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Text.Json;

namespace EventTriggers;

/// <summary>A trigger that fires when events come: which of them, it may say by a condition on their payload.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerOn<TRule> : TriggerWhen<TRule>
    where TRule : TriggerOn<TRule>
{
    private protected TriggerOn(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Fires only for events whose payload matches a pattern.</summary>
    /// <param name="pattern">A pattern in the language of EventBridge, see <see cref="EventPattern"/>.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="ArgumentException">It is no pattern; the message tells where and why.</exception>
    /// <exception cref="InvalidOperationException">The trigger has a condition already.</exception>
    public TRule Matching(string pattern) => Matching(EventPattern.Parse(pattern));

    /// <summary>Fires only for events whose payload matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="InvalidOperationException">The trigger has a condition already.</exception>
    public TRule Matching(EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Definition.Condition is null
            ? With(Definition with { Condition = new TriggerCondition(pattern) })
            : throw new InvalidOperationException("The trigger has a condition already: give it one pattern, or as many Where as you like.");
    }
}

/// <summary>A trigger that fires when events of a wire name come.</summary>
public sealed class TriggerOn : TriggerOn<TriggerOn>
{
    internal TriggerOn(TriggerDefinition definition)
        : base(definition)
    {
    }

    private protected override TriggerOn With(TriggerDefinition definition) => new(definition);
}

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
    /// <para>Comparisons of members with values, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>; of strings <c>StartsWith</c>, <c>EndsWith</c>, <c>Contains</c> and <c>Equals</c>, ordinal and
    /// (not <c>Contains</c>) <see cref="StringComparison.OrdinalIgnoreCase"/>; <c>Contains</c> of a collection that the program brings; nullable and enum members, members of members;
    /// <c>Any(…)</c> and <c>Contains</c> of a collection in the payload.</para>
    /// <para>Names are those that the serializer writes. A member that is not written counts as its default, except in elements of collections.</para>
    /// </remarks>
    /// <param name="condition">What must hold; with the conditions of other calls, all of them.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="InvalidOperationException">The trigger has a pattern already.</exception>
    public TriggerOnEvent<TEvent> Where(Expression<Func<TEvent, bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Definition.Condition is null or { Pattern: null }
            ? With(Definition with { Condition = new TriggerCondition([.. Definition.Condition?.Lambdas ?? [], condition]) })
            : throw new InvalidOperationException("The trigger has a condition already: give it one pattern, or as many Where as you like.");
    }

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
}
