using EventTriggers.Events;
using EventTriggers.Triggers;

namespace EventTriggers;

/// <summary>
/// An event trigger without its event: it fires when events are published. A condition on their payload, and rules over time, can restrict
/// it.
/// </summary>
/// <remarks>docs/conditions.md describes the patterns and the rules over time.</remarks>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract partial class TriggerOn<TRule> : TriggerWhen<TRule>
    where TRule : TriggerOn<TRule>
{
    private protected TriggerOn(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Fires only for events whose payload matches a pattern.</summary>
    /// <param name="pattern">A pattern in the language of EventBridge, see <see cref="EventPattern"/>.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="ArgumentException">The pattern is invalid; the message says where and why.</exception>
    /// <exception cref="InvalidOperationException">The trigger already has a condition.</exception>
    public TRule Matching(string pattern) => Matching(EventPattern.Parse(pattern));

    /// <summary>Fires only for events whose payload matches a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>The trigger with the condition.</returns>
    /// <exception cref="InvalidOperationException">The trigger already has a condition.</exception>
    public TRule Matching(EventPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Definition.Condition is null
            ? With(Definition with { Condition = new ConditionSource(pattern) })
            : throw new InvalidOperationException("The trigger already has a condition: call Matching once, or Where any number of times.");
    }

    /// <summary>Completes the trigger: each firing publishes an event whose payload takes values from the matched event.</summary>
    /// <param name="template">The event; see <see cref="EventTemplate"/>.</param>
    /// <param name="options">
    /// The options of each event that the trigger raises: <see cref="PublishOptions.Delay"/> and <see cref="PublishOptions.ExpiresAfter"/>
    /// count from the firing. A correlation id, headers or a key replace those that a matched event would pass on. With several partitions,
    /// the id of a trigger whose events have a <see cref="PublishOptions.Key"/> must be the key, or begin with the key and a <c>/</c>.
    /// <see cref="PublishOptions.Id"/>, <see cref="PublishOptions.DueAt"/> and <see cref="PublishOptions.CancelOn"/> are not allowed.
    /// </param>
    /// <returns>The trigger, for <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentNullException">The template is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">An option is not allowed.</exception>
    public Trigger Publish(EventTemplate template, PublishOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(template);
        return new Trigger(Definition with
        {
            Payload = new OutgoingPayload.Raw(template.Type, template.RenderEmpty()),
            Template = template,
            Options = RaisedOptions.From(options),
        });
    }
}

/// <summary>An event trigger, for events that are named by their wire name.</summary>
public sealed class TriggerOn : TriggerOn<TriggerOn>
{
    internal TriggerOn(TriggerDefinition definition)
        : base(definition)
    {
    }

    private protected override TriggerOn With(TriggerDefinition definition) => new(definition);
}
