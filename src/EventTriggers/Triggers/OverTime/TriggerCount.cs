namespace EventTriggers;

/// <summary>So many events; <see cref="Within"/> says in which time.</summary>
/// <typeparam name="TRule">The trigger's type.</typeparam>
public sealed class TriggerCount<TRule>
    where TRule : TriggerOn<TRule>
{
    private readonly Func<TimeSpan, TRule> _within;

    internal TriggerCount(Func<TimeSpan, TRule> within) => _within = within;

    /// <summary>Fires when so many events were published within a span; then it begins to count anew.</summary>
    /// <remarks>
    /// An event counts once, by the moment when it was published; one that is matched more than a span late may not count.
    /// </remarks>
    /// <param name="span">The most between the first and the last of them; 1 ms to 30 days.</param>
    /// <returns>The trigger with the rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The span is not allowed.</exception>
    public TRule Within(TimeSpan span) => _within(span);
}
