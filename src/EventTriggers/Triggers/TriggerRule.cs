using System.Linq.Expressions;
using EventTriggers.Events;
using EventTriggers.Triggers;

namespace EventTriggers;

/// <summary>What every trigger can be given. Each call returns a new value; the one it is called on stays as it is.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerRule<TRule>
    where TRule : TriggerRule<TRule>
{
    private const int MostExceptions = 400;

    private protected TriggerRule(TriggerDefinition definition) => Definition = definition;

    internal TriggerDefinition Definition { get; }

    /// <summary>Gives the trigger an id.</summary>
    /// <param name="id">1–150 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The default is a new id.</param>
    /// <returns>The trigger with the id.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    public TRule WithId(string id)
    {
        NameRules.ThrowIfInvalidTriggerId(id, nameof(id));
        return With(Definition with { Id = id });
    }

    /// <summary>Tags the trigger, so that it can be listed by <see cref="TriggerQuery.Tag"/>.</summary>
    /// <param name="tags">Each 1–100 characters of <c>A–Z a–z 0–9 . _ : / -</c>; added to the tags it has; at most 16 in all.</param>
    /// <returns>The trigger with the tags.</returns>
    /// <exception cref="ArgumentException">A tag is not allowed, or there are too many.</exception>
    public TRule Tagged(params string[] tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (var tag in tags)
        {
            NameRules.ThrowIfInvalidTag(tag, nameof(tags));
        }

        string[] all = [.. Definition.Tags.Union(tags, StringComparer.Ordinal)];
        return all.Length <= 16
            ? With(Definition with { Tags = all })
            : throw new ArgumentException($"A trigger may have at most 16 tags, but has {all.Length}.", nameof(tags));
    }

    /// <summary>Ends the trigger after a number of firings.</summary>
    /// <param name="count">How often it fires at most; positive. The default is once for a moment, and any number for others.</param>
    /// <returns>The trigger with the limit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public TRule MaxFirings(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return With(Definition with { FiresAtMost = count });
    }

    /// <summary>Ends the trigger at a moment: what is due, or published, later does not fire it.</summary>
    /// <param name="last">The last moment, included, to the millisecond. Adding the trigger is refused when that is past, by the clock of Redis, or before the trigger is first due.</param>
    /// <returns>The trigger with the limit.</returns>
    public TRule Until(DateTimeOffset last) => With(Definition with { Last = last });

    /// <summary>Begins the trigger at a moment. <see cref="Trigger.Every"/> is first due then, and counts from it, also when it is past; a cron expression is not due, and events
    /// are not seen, before it.</summary>
    /// <param name="first">The first moment, included, to the millisecond.</param>
    /// <returns>The trigger with the start.</returns>
    /// <exception cref="InvalidOperationException">It fires once, at a moment that it has already.</exception>
    public TRule StartingAt(DateTimeOffset first)
    {
        ThrowIf(Definition.Kind == TriggerKind.At, nameof(StartingAt));
        return With(Definition with { First = first });
    }

    /// <summary>Makes a recurring trigger due somewhat later than its schedule says, always by the same time, which its id decides: it spreads triggers of one schedule.</summary>
    /// <param name="max">The most by which it is later, to the millisecond; not negative, and at most a day. The default is nothing.</param>
    /// <returns>The trigger with the jitter.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or too long.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule Jitter(TimeSpan max)
    {
        ThrowIf(Definition.Timetable is null, nameof(Jitter));
        return max >= TimeSpan.Zero && max <= TimeSpan.FromDays(1)
            ? With(Definition with { Jitter = max })
            : throw new ArgumentOutOfRangeException(nameof(max), max, $"Must be between 0 and a day, but is {max}.");
    }

    /// <summary>Chooses what a recurring trigger does about occurrences that nobody could fire in time.</summary>
    /// <param name="misfire">What to do. The default is <see cref="Misfire.FireOnce"/>.</param>
    /// <returns>The trigger with the choice.</returns>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule OnMisfire(Misfire misfire)
    {
        ArgumentNullException.ThrowIfNull(misfire);
        ThrowIf(Definition.Timetable is null, nameof(OnMisfire));
        return With(Definition with { Timetable = Definition.Timetable! with { Misfire = misfire } });
    }

    /// <summary>Leaves dates out, for example holidays: a recurring trigger is not due on them, and does not count them as missed. The date is that of the moment at which it is due,
    /// <see cref="Jitter"/> included.</summary>
    /// <param name="dates">Dates in the zone of the cron expression, and in UTC for <see cref="Trigger.Every"/>; added to those it has; at most 400 in all.</param>
    /// <returns>The trigger with the exceptions.</returns>
    /// <exception cref="ArgumentException">There are too many, or one of them is the first or last date that there is.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule ExceptOn(params DateOnly[] dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        ThrowIf(Definition.Timetable is null, nameof(ExceptOn));
        if (Array.Exists(dates, static date => date == DateOnly.MinValue || date == DateOnly.MaxValue))
        {
            throw new ArgumentException("The first and the last date that there is cannot be left out.", nameof(dates));
        }

        DateOnly[] all = [.. Definition.Timetable!.Except.Union(dates).Order()];
        return all.Length <= MostExceptions
            ? With(Definition with { Timetable = Definition.Timetable with { Except = all } })
            : throw new ArgumentException($"A trigger may leave out at most {MostExceptions} dates, but leaves out {all.Length}.", nameof(dates));
    }

    /// <summary>Computes when a recurring trigger would be due, without storing it.</summary>
    /// <param name="count">How many occurrences; 1–1000.</param>
    /// <param name="after">The moment at which the trigger would be added. The occurrences are after it; one at that very moment counts when the trigger is <see cref="StartingAt"/> it.</param>
    /// <returns>The occurrences, in the trigger's zone; fewer when it ends. <see cref="Jitter"/> is in them if the trigger has an id.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public IReadOnlyList<DateTimeOffset> Preview(int count, DateTimeOffset after)
    {
        ThrowIf(Definition.Timetable is null, nameof(Preview));
        return Definition.TimetableOf(Definition.Id, after.ToUnixTimeMilliseconds()).Compile().Preview(count, after.ToUnixTimeMilliseconds(), Definition.FiresAtMost);
    }

    /// <summary>Cancels the trigger when an event comes: a reminder that goes away when the order is paid.</summary>
    /// <remarks>It is cancelled when the event is matched, milliseconds after it was published. A trigger that has fired by then stays so.</remarks>
    /// <typeparam name="TEvent">The payload type of the event.</typeparam>
    /// <param name="where">Which events, as in <see cref="TriggerOnEvent{TEvent}.Where"/>, for example <c>paid => paid.Order == 42</c>.</param>
    /// <returns>The trigger with the condition.</returns>
    public TRule CancelOn<TEvent>(Expression<Func<TEvent, bool>> where)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(where);
        return CancelOn(EventCondition.On(where));
    }

    /// <summary>Cancels the trigger when an event comes.</summary>
    /// <param name="events">Which events.</param>
    /// <returns>The trigger with the condition.</returns>
    public TRule CancelOn(EventCondition events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return With(Definition with { CancelOn = events });
    }

    /// <summary>Chooses what to do when an active or paused trigger of the same id, defined otherwise, exists.</summary>
    /// <param name="conflict">What to do. The default is <see cref="OnConflict.Throw"/>.</param>
    /// <returns>The trigger with the choice.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The choice is not one of the enumeration.</exception>
    public TRule IfExists(OnConflict conflict)
    {
        if (!Enum.IsDefined(conflict))
        {
            throw new ArgumentOutOfRangeException(nameof(conflict), conflict, "Must be Throw, Keep or Replace.");
        }

        return With(Definition with { Conflict = conflict });
    }

    private void ThrowIf(bool isSenseless, string call)
    {
        if (isSenseless)
        {
            throw new InvalidOperationException($"{call} is for triggers that {(call == nameof(StartingAt) ? "recur or wait for events" : "recur")}, made by Every or Cron, but this is {Definition.Kind}.");
        }
    }

    private protected abstract TRule With(TriggerDefinition definition);
}
