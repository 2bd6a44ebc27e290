using EventTriggers.Events;
using EventTriggers.Triggers;

namespace EventTriggers;

/// <summary>A trigger without its event; <see cref="Publish{TEvent}"/> completes it.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerWhen<TRule> : TriggerRule<TRule>
    where TRule : TriggerWhen<TRule>
{
    private protected TriggerWhen(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Completes the trigger: each firing publishes this event.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload; it is serialized when the trigger is added.</param>
    /// <param name="options">
    /// The options of each event that the trigger raises: <see cref="PublishOptions.Delay"/> and <see cref="PublishOptions.ExpiresAfter"/>
    /// count from the firing. A correlation id, headers or a key replace those that a matched event would pass on. With several partitions,
    /// the id of a trigger whose events have a <see cref="PublishOptions.Key"/> must be the key, or begin with the key and a <c>/</c>.
    /// <see cref="PublishOptions.Id"/>, <see cref="PublishOptions.DueAt"/> and <see cref="PublishOptions.CancelOn"/> are not allowed.
    /// </param>
    /// <returns>The trigger, for <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentNullException">The payload is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">The payload is a template, but no event is matched; or an option is not allowed.</exception>
    public Trigger Publish<TEvent>(TEvent payload, PublishOptions? options = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (payload is EventTemplate)
        {
            throw new ArgumentException(
                "A template takes values from a matched event: use it with a trigger that waits for events (Trigger.On).", nameof(payload));
        }

        return new Trigger(Definition with { Payload = new OutgoingPayload.Typed<TEvent>(payload), Options = RaisedOptions.From(options) });
    }

    /// <summary>Completes the trigger: each firing publishes this event, whose payload is already JSON.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="payload">One JSON value in UTF-8; it is checked when the trigger is added.</param>
    /// <param name="options">
    /// The options of each event that the trigger raises: <see cref="PublishOptions.Delay"/> and <see cref="PublishOptions.ExpiresAfter"/>
    /// count from the firing. A correlation id, headers or a key replace those that a matched event would pass on. With several partitions,
    /// the id of a trigger whose events have a <see cref="PublishOptions.Key"/> must be the key, or begin with the key and a <c>/</c>.
    /// <see cref="PublishOptions.Id"/>, <see cref="PublishOptions.DueAt"/> and <see cref="PublishOptions.CancelOn"/> are not allowed.
    /// </param>
    /// <returns>The trigger, for <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentException">The wire name or an option is not allowed.</exception>
    public Trigger PublishRaw(string type, ReadOnlyMemory<byte> payload, PublishOptions? options = null)
    {
        NameRules.ThrowIfInvalidType(type);
        return new Trigger(Definition with { Payload = new OutgoingPayload.Raw(type, payload), Options = RaisedOptions.From(options) });
    }
}

/// <summary>A time trigger without its event: it fires at a moment, or repeatedly.</summary>
public sealed class TriggerWhen : TriggerWhen<TriggerWhen>
{
    internal TriggerWhen(TriggerDefinition definition)
        : base(definition)
    {
    }

    private protected override TriggerWhen With(TriggerDefinition definition) => new(definition);
}
