using EventTriggers.Events;
using EventTriggers.Triggers;

namespace EventTriggers;

/// <summary>When a trigger fires; <see cref="Publish{TEvent}"/> completes it with what it then publishes.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerWhen<TRule> : TriggerRule<TRule>
    where TRule : TriggerWhen<TRule>
{
    private protected TriggerWhen(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Completes the trigger: firing it publishes this event.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload; it is serialized when the trigger is added.</param>
    /// <returns>The trigger, to be given to <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentException">The payload is a template, and no event is matched.</exception>
    public Trigger Publish<TEvent>(TEvent payload)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (payload is EventTemplate)
        {
            throw new ArgumentException("A template takes values from a matched event: it is for triggers that wait for events, made by On.", nameof(payload));
        }

        return new Trigger(Definition with { Payload = new TriggerPayload.Typed<TEvent>(payload) });
    }

    /// <summary>Completes the trigger with an event whose payload is JSON already.</summary>
    /// <param name="type">The event's wire name.</param>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <returns>The trigger, to be given to <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentException">The type is not allowed.</exception>
    public Trigger PublishRaw(string type, ReadOnlyMemory<byte> payload)
    {
        NameRules.ThrowIfInvalidType(type);
        return new Trigger(Definition with { Payload = new TriggerPayload.Raw(type, payload) });
    }
}

/// <summary>When a trigger fires: at a moment, or again and again.</summary>
public sealed class TriggerWhen : TriggerWhen<TriggerWhen>
{
    internal TriggerWhen(TriggerDefinition definition)
        : base(definition)
    {
    }

    private protected override TriggerWhen With(TriggerDefinition definition) => new(definition);
}
