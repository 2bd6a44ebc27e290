namespace EventTriggers;

/// <summary>Events that a trigger watches.</summary>
/// <param name="Type">Their wire name.</param>
/// <param name="Pattern">Which of them; <see langword="null"/> for all.</param>
/// <param name="Role">For what.</param>
/// <param name="Expires">Until when, in unix ms; 0 for as long as the trigger is there.</param>
internal sealed record WatchedType(string Type, EventPattern? Pattern, WatchRole Role, long Expires = 0)
{
    /// <summary>Gets everything that a trigger watches.</summary>
    public static IReadOnlyList<WatchedType> Of(string? source, EventPattern? pattern, OverTimeRule? rule, Cancellation? cancellation, long? until, long? due = null)
    {
        var (all, expires) = (new List<WatchedType>(), until is { } last ? Cancellation.ExpiryOf(last) : 0);
        if (source is not null)
        {
            all.Add(new WatchedType(source, pattern, WatchRole.First, expires));
        }

        if (rule?.NextType is { } next)
        {
            all.Add(new WatchedType(next, rule.NextPattern, WatchRole.Next, expires));
        }

        if (cancellation is not null)
        {
            all.AddRange(cancellation.WatchedUntil(due));
        }

        return all;
    }

    public Watch By(TriggerId id, string version) => new(id, version, Role, Expires);
}
