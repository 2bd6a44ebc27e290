namespace EventTriggers;

/// <summary>A rule over time that still needs its time span; <see cref="Within"/> completes it.</summary>
/// <typeparam name="TRule">The trigger's type.</typeparam>
public sealed class TriggerWithin<TRule>
    where TRule : TriggerOn<TRule>
{
    private readonly Func<TimeSpan, TRule> _within;

    internal TriggerWithin(Func<TimeSpan, TRule> within) => _within = within;

    /// <summary>
    /// Sets the time span of the rule: the most between the first and the last of the counted events, or between an event and the one that
    /// follows it.
    /// </summary>
    /// <remarks>
    /// Events are compared by the moments at which they were published. An event that is matched more than twice the span late may be
    /// skipped.
    /// </remarks>
    /// <param name="span">The span, inclusive; 1 millisecond to 30 days.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The span is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger already has another rule over time.</exception>
    public TRule Within(TimeSpan span) => _within(span);
}
