namespace EventTriggers;

/// <summary>A rule to store: when to publish which event.</summary>
/// <example><code>Trigger.After(TimeSpan.FromMinutes(30)).Publish(new CartAbandoned(cart)).WithId($"cart-{cart}")</code></example>
public sealed class Trigger : TriggerRule<Trigger>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    internal Trigger(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Begins a trigger that fires once, at a moment.</summary>
    /// <param name="due">The moment, to the millisecond, by the clock of Redis: never earlier. One in the past fires at once.</param>
    /// <returns>The beginning of a trigger.</returns>
    public static TriggerWhen At(DateTimeOffset due) => new(new TriggerDefinition { Kind = TriggerKind.At, Due = due });

    /// <summary>Begins a trigger that fires once, a while after Redis has stored it.</summary>
    /// <param name="delay">Not negative; at most 3650 days; to the millisecond.</param>
    /// <returns>The beginning of a trigger.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or too long.</exception>
    public static TriggerWhen After(TimeSpan delay)
    {
        if (delay < TimeSpan.Zero || delay > Longest)
        {
            throw new ArgumentOutOfRangeException(nameof(delay), delay, $"The delay must be between {TimeSpan.Zero} and {Longest}, but is {delay}.");
        }

        return new(new TriggerDefinition { Kind = TriggerKind.At, Delay = delay });
    }

    /// <summary>Begins a trigger that fires for each event of a type.</summary>
    /// <typeparam name="TEvent">The payload type of the events to wait for.</typeparam>
    /// <returns>The beginning of a trigger.</returns>
    public static TriggerWhen On<TEvent>()
        where TEvent : notnull =>
        new(new TriggerDefinition { Kind = TriggerKind.On, SourcePayload = typeof(TEvent) });

    /// <summary>Begins a trigger that fires for each event of a type.</summary>
    /// <param name="type">The wire name of the events to wait for.</param>
    /// <returns>The beginning of a trigger.</returns>
    /// <exception cref="ArgumentException">The type is not allowed.</exception>
    public static TriggerWhen On(string type)
    {
        Names.ThrowIfInvalidType(type);
        return new(new TriggerDefinition { Kind = TriggerKind.On, SourceType = type });
    }

    private protected override Trigger With(TriggerDefinition definition) => new(definition);
}
