using System.Linq.Expressions;
using EventTriggers.Events;
using EventTriggers.Triggers;

namespace EventTriggers;

/// <summary>The settings that every trigger can have. Each call returns a new value and leaves the one it is called on unchanged.</summary>
/// <typeparam name="TRule">The type that the calls return.</typeparam>
public abstract class TriggerRule<TRule>
    where TRule : TriggerRule<TRule>
{
    private const int MostExceptions = 400;

    private protected TriggerRule(TriggerDefinition definition) => Definition = definition;

    internal TriggerDefinition Definition { get; }

    /// <summary>Sets the trigger's id.</summary>
    /// <param name="id">1–150 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The default is a new id.</param>
    /// <returns>The trigger with the id.</returns>
    /// <exception cref="ArgumentException">The id is not allowed.</exception>
    public TRule WithId(string id)
    {
        NameRules.ThrowIfInvalidTriggerId(id, nameof(id));
        return With(Definition with { Id = id });
    }

    /// <summary>Adds tags, by which the trigger can be listed, see <see cref="TriggerQuery.Tag"/>.</summary>
    /// <param name="tags">Each 1–100 characters of <c>A–Z a–z 0–9 . _ : / -</c>; added to the existing tags; at most 16 together.</param>
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

    /// <summary>Sets the number of firings after which the trigger ends.</summary>
    /// <param name="count">
    /// The number of firings; positive. The default is 1 for a trigger that is due at a moment, and no limit for others.
    /// </param>
    /// <returns>The trigger with the limit.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public TRule MaxFirings(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return With(Definition with { FiresAtMost = count });
    }

    /// <summary>Sets the end of the trigger: it does not fire for a due time, or an event, after that moment.</summary>
    /// <param name="last">
    /// The last moment, inclusive, rounded up to the millisecond. Adding the trigger throws an <see cref="ArgumentException"/> if that
    /// moment is past, by the clock of Redis, or before the first due time.
    /// </param>
    /// <returns>The trigger with the limit.</returns>
    public TRule Until(DateTimeOffset last) => With(Definition with { Last = last });

    /// <summary>Sets the start of the trigger. <see cref="Trigger.Every"/> is first due then and counts from it, even if it is past; a cron
    /// expression is not due, and events are ignored, before it.</summary>
    /// <param name="first">The first moment, inclusive, rounded up to the millisecond.</param>
    /// <returns>The trigger with the start.</returns>
    /// <exception cref="InvalidOperationException">The trigger fires once, at a moment that is already set.</exception>
    public TRule StartingAt(DateTimeOffset first)
    {
        ThrowIf(Definition.Kind == TriggerKind.At, nameof(StartingAt));
        return With(Definition with { First = first });
    }

    /// <summary>Delays a recurring trigger by a fixed time that depends on its id, which spreads the triggers of one schedule.</summary>
    /// <param name="max">The longest delay, to the millisecond; not negative, at most 1 day. The default is 0.</param>
    /// <returns>The trigger with the jitter.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or too long.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule Jitter(TimeSpan max)
    {
        ThrowIf(Definition.Schedule is null, nameof(Jitter));
        return max >= TimeSpan.Zero && max <= TimeSpan.FromDays(1)
            ? With(Definition with { Jitter = max })
            : throw new ArgumentOutOfRangeException(nameof(max), max, $"Must be between 0 and a day, but is {max}.");
    }

    /// <summary>Sets the policy of a recurring trigger for missed occurrences.</summary>
    /// <param name="misfire">The policy. The default is <see cref="Misfire.FireOnce"/>.</param>
    /// <returns>The trigger with the setting.</returns>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule OnMisfire(Misfire misfire)
    {
        ArgumentNullException.ThrowIfNull(misfire);
        ThrowIf(Definition.Schedule is null, nameof(OnMisfire));
        return With(Definition with { Schedule = Definition.Schedule! with { Misfire = misfire } });
    }

    /// <summary>
    /// Lets a recurring trigger skip an occurrence while the event that it raised before has not ended: while a group has not handled it,
    /// and will try again. Without this, each occurrence raises its event, and they may be handled at the same time.
    /// </summary>
    /// <remarks>
    /// A skipped occurrence does not count as a firing nor as missed; it is in the trigger's history, with the event that was not handled
    /// yet. An event that <see cref="ITriggerStore.FireNowAsync"/> raises meanwhile waits until the other one has ended.
    /// </remarks>
    /// <returns>The trigger with the setting.</returns>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule SkipWhileRunning()
    {
        ThrowIf(Definition.Schedule is null, nameof(SkipWhileRunning));
        return With(Definition with { SkipsWhileRunning = true });
    }

    /// <summary>Excludes dates, for example holidays: a recurring trigger is not due on them, and does not count them as missed. The date
    /// is that of the due time, including <see cref="Jitter"/>.</summary>
    /// <param name="dates">
    /// The dates, in the time zone of the cron expression, or in UTC for <see cref="Trigger.Every"/>; added to the existing dates; at most
    /// 400 together.
    /// </param>
    /// <returns>The trigger with the exceptions.</returns>
    /// <exception cref="ArgumentException">
    /// There are too many dates, or one of them is the first or the last date of the calendar.
    /// </exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public TRule ExceptOn(params DateOnly[] dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        ThrowIf(Definition.Schedule is null, nameof(ExceptOn));
        if (Array.Exists(dates, static date => date == DateOnly.MinValue || date == DateOnly.MaxValue))
        {
            throw new ArgumentException("The first and the last date of the calendar cannot be excluded.", nameof(dates));
        }

        DateOnly[] all = [.. Definition.Schedule!.Except.Union(dates).Order()];
        return all.Length <= MostExceptions
            ? With(Definition with { Schedule = Definition.Schedule with { Except = all } })
            : throw new ArgumentException(
                $"A trigger may exclude at most {MostExceptions} dates, but excludes {all.Length}.", nameof(dates));
    }

    /// <summary>Computes the due times that a recurring trigger would have, without storing it.</summary>
    /// <param name="count">The number of occurrences; 1–1000.</param>
    /// <param name="after">
    /// The moment at which the trigger would be added. The occurrences are after it; one at that very moment counts when the trigger is
    /// <see cref="StartingAt"/> it.
    /// </param>
    /// <returns>
    /// The occurrences, in the trigger's zone; fewer if it ends before. They include <see cref="Jitter"/> if the trigger has an id.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The trigger does not recur.</exception>
    public IReadOnlyList<DateTimeOffset> Preview(int count, DateTimeOffset after)
    {
        ThrowIf(Definition.Schedule is null, nameof(Preview));
        var from = after.ToUnixTimeMilliseconds();
        return Definition.ScheduleFor(Definition.Id, from).Compile().Preview(count, from, Definition.FiresAtMost);
    }

    /// <summary>Cancels the trigger when a matching event is published, for example a reminder when the order is paid.</summary>
    /// <remarks>
    /// The trigger is canceled when the event is matched, milliseconds after it was published. If the trigger has fired by then, the firing
    /// stands. A condition that no pattern can express is refused with a <see cref="NotSupportedException"/> when the trigger is added.
    /// </remarks>
    /// <typeparam name="TEvent">The payload type of the event.</typeparam>
    /// <param name="where">
    /// The condition for the events, as in <see cref="TriggerOnEvent{TEvent}.Where"/>, for example <c>paid => paid.Order == 42</c>.
    /// </param>
    /// <returns>The trigger with the condition.</returns>
    public TRule CancelOn<TEvent>(Expression<Func<TEvent, bool>> where)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(where);
        return CancelOn(EventCondition.On(where));
    }

    /// <summary>Cancels the trigger when a matching event is published.</summary>
    /// <param name="events">The events.</param>
    /// <returns>The trigger with the condition.</returns>
    public TRule CancelOn(EventCondition events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return With(Definition with { CancelOn = events });
    }

    /// <summary>Sets what happens when a trigger with the same id and another definition exists.</summary>
    /// <param name="conflict">The choice. The default is <see cref="OnConflict.Throw"/>.</param>
    /// <returns>The trigger with the setting.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The choice is not a value of the enumeration.</exception>
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
            var which = call == nameof(StartingAt) ? "Every, Cron or On" : "Every or Cron";
            throw new InvalidOperationException($"{call} is for triggers made by {which}, but this trigger is of kind {Definition.Kind}.");
        }
    }

    private protected abstract TRule With(TriggerDefinition definition);
}
