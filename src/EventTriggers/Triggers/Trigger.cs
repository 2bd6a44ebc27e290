using System.Runtime.CompilerServices;
using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers;

/// <summary>A trigger: a stored rule that says when to publish which event.</summary>
/// <example><code>Trigger.After(TimeSpan.FromMinutes(30)).Publish(new CartAbandoned(cart)).WithId($"cart-{cart}")</code></example>
public sealed class Trigger : TriggerRule<Trigger>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    internal Trigger(TriggerDefinition definition)
        : base(definition)
    {
    }

    /// <summary>Starts building a trigger that fires once, at a moment.</summary>
    /// <param name="due">
    /// The moment, by the clock of Redis, rounded up to the millisecond; the trigger never fires earlier. If it is past, the trigger fires
    /// immediately.
    /// </param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    public static TriggerWhen At(DateTimeOffset due) => new(new TriggerDefinition { Kind = TriggerKind.At, Due = due });

    /// <summary>Starts building a trigger that fires once, a given time after Redis has stored it.</summary>
    /// <param name="delay">The delay; not negative, at most 3650 days, rounded up to the millisecond.</param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or too long.</exception>
    public static TriggerWhen After(TimeSpan delay)
    {
        if (delay < TimeSpan.Zero || delay > Longest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(delay), delay, $"The delay must be between {TimeSpan.Zero} and {Longest}, but is {delay}.");
        }

        return new(new TriggerDefinition { Kind = TriggerKind.At, Delay = delay });
    }

    /// <summary>Starts building a trigger that fires repeatedly, at a fixed interval.</summary>
    /// <remarks>
    /// The occurrences are anchored: the n-th is due at start + n × interval, however late an earlier one fired. The start is
    /// <see cref="TriggerRule{TRule}.StartingAt"/>; without it, the trigger is first due one interval after it was added.
    /// </remarks>
    /// <param name="interval">The interval; 1 second to 3650 days, to the millisecond.</param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The interval is shorter than a second, or too long.</exception>
    public static TriggerWhen Every(TimeSpan interval)
    {
        if (interval < Shortest || interval > Longest)
        {
            throw new ArgumentOutOfRangeException(
                nameof(interval), interval, $"The interval must be between {Shortest} and {Longest}, but is {interval}.");
        }

        var schedule = new ScheduleDefinition { Every = (long)interval.TotalMilliseconds };
        return new(new TriggerDefinition { Kind = TriggerKind.Every, Schedule = schedule });
    }

    /// <summary>Starts building a trigger that fires at the times of a cron expression.</summary>
    /// <remarks>
    /// <para>Five fields (minute, hour, day of month, month, day of week), six with seconds in front, or a macro such as <c>@daily</c>;
    /// with names, ranges, steps, lists, <c>L</c>, <c>W</c> and <c>#</c>, as the library Cronos reads them. Day of month and day of week
    /// must both match.</para>
    /// <para>When clocks go forward, a time in the gap is due right after it. When they go back, an expression with <c>*</c>, <c>-</c> or
    /// <c>/</c> in its hours, minutes or seconds is due in both hours, any other only in the first. This holds for every change of the
    /// clocks, even of a zone's standard time.</para>
    /// </remarks>
    /// <param name="expression">The expression, at most 1000 characters; its fields are separated by white space.</param>
    /// <param name="zone">
    /// A time zone of the system, which is stored by its IANA id. The default is UTC; so is <see langword="null"/>.
    /// </param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="ArgumentException">
    /// The expression is invalid, too long, or never fires; or the zone has no IANA id that other machines know.
    /// </exception>
    [OverloadResolutionPriority(1)]
    public static TriggerWhen Cron(string expression, TimeZoneInfo? zone = null)
    {
        var cron = ParsedCron.ParseForUse(expression);
        var schedule = new ScheduleDefinition { Cron = cron.Text, Zone = ZoneIds.IanaIdOf(zone ?? TimeZoneInfo.Utc) };
        return new(new TriggerDefinition { Kind = TriggerKind.Cron, Schedule = schedule });
    }

    /// <summary>Starts a trigger that fires at the times of a cron expression; see <see cref="Cron(string, TimeZoneInfo)"/>.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="zone">
    /// An IANA or Windows id, for example <c>Europe/Berlin</c> or <c>W. Europe Standard Time</c>. A process in invariant globalization mode
    /// knows only IANA ids.
    /// </param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="ArgumentException">
    /// The expression is invalid, too long, or never fires; or this machine does not know the zone.
    /// </exception>
    public static TriggerWhen Cron(string expression, string zone) => Cron(expression, ZoneIds.Find(zone));

    /// <summary>Starts building a trigger that fires for each event of a type.</summary>
    /// <remarks>
    /// Only events of exactly this type fire it, as they have its wire name, or a name that this host knows for it (<c>alsoKnownAs</c> of
    /// <c>AddEvent</c>) when the trigger is added: not those of derived types, nor of types that implement an interface. Events with old
    /// payloads, for which the host has an upcaster, do not fire it, because conditions compare payloads as they were published.
    /// </remarks>
    /// <typeparam name="TEvent">The payload type of the events.</typeparam>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="NotSupportedException">
    /// <typeparamref name="TEvent"/> is an interface without an <see cref="EventTypeAttribute"/>: no event has its name.
    /// </exception>
    public static TriggerOnEvent<TEvent> On<TEvent>()
        where TEvent : notnull
    {
        var payload = typeof(TEvent);
        return payload.IsInterface && !payload.IsDefined(typeof(EventTypeAttribute), inherit: false)
            ? throw new NotSupportedException(
                $"{payload} is an interface, and events have the names of their own types: "
                + "wait for each of them, or for a wire name with Trigger.On(\"…\").")
            : new(new TriggerDefinition { Kind = TriggerKind.On, SourcePayload = payload });
    }

    /// <summary>Starts building a trigger that fires for each event of a type.</summary>
    /// <param name="type">The wire name of the events.</param>
    /// <returns>A builder; <c>Publish</c> completes it.</returns>
    /// <exception cref="ArgumentException">The type is not allowed.</exception>
    public static TriggerOn On(string type)
    {
        NameRules.ThrowIfInvalidType(type);
        return new(new TriggerDefinition { Kind = TriggerKind.On, SourceType = type });
    }

    /// <summary>Makes the trigger that a record describes, to store it again: in another bus, or after it was changed or lost.</summary>
    /// <remarks>
    /// It has the id, and everything that was defined: when it fires, what it publishes, tags, <see cref="TriggerRecord.MaxFirings"/>. It
    /// does not have what has become of the trigger: status, number of firings, history, and what its rule over time has counted.
    /// <see cref="TriggerRecord.StartsAt"/> and <see cref="TriggerRecord.Jitter"/> are kept as they were computed, so that it is due at the
    /// same moments. Added with <see cref="OnConflict.Throw"/> where that trigger is stored, it may count as another definition.
    /// </remarks>
    /// <param name="record">The record, from a store or put together from what was exported.</param>
    /// <returns>The trigger, for <see cref="ITriggerStore.AddAsync"/>.</returns>
    /// <exception cref="ArgumentNullException">The record is <see langword="null"/>.</exception>
    /// <exception cref="ArgumentException">
    /// The record is unreadable (<see cref="TriggerRecord.Unreadable"/>), lacks a value or has one that its kind does not have; or a value
    /// is not allowed. The message names it.
    /// </exception>
    public static Trigger From(TriggerRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return RecordedTrigger.From(record);
    }

    private protected override Trigger With(TriggerDefinition definition) => new(definition);
}
