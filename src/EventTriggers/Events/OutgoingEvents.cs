using EventTriggers.Redis;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Events;

/// <summary>Creates outgoing events from payloads. All checks happen here, before anything is written.</summary>
internal sealed class OutgoingEvents(
    RedisTriggersOptions settings, IEventSerializer serializer, EventTypes types, RedisClock clock, TimeProvider? timeProvider = null)
{
    // Ten years are far beyond any use, and far within the range of ms arithmetic.
    private static readonly TimeSpan MaxSpan = TimeSpan.FromDays(3650);

    private readonly PayloadWriter _payloads = new(serializer, types);
    private readonly EventKeys _keys = new(settings, types);

    // Where each partition may hold only so many deliveries, random ids spread the events of a moment over all of them.
    private readonly EventIds? _ids =
        settings is { Partitions: > 1, MaxReadyPerGroup: null } ? new(settings.Partitions, timeProvider) : null;

    public OutgoingEvent Create<TEvent>(TEvent payload, PublishOptions? options, string? parent = null)
        where TEvent : notnull
    {
        ulong? place = null;
        return Create(payload, options, parent, ref place, left: 1);
    }

    public OutgoingEvent CreateRaw(string type, ReadOnlyMemory<byte> json, PublishOptions? options, string? parent = null)
    {
        NameRules.ThrowIfInvalidType(type);
        CheckJson(json);
        EventKeys.Check(options);
        ulong? place = null;
        return Create(type, json, options, options?.Key, parent, ref place, left: 1);
    }

    /// <summary>Finds the wire name of a payload, serializes it and checks the result.</summary>
    /// <exception cref="ArgumentException">The payload is not allowed.</exception>
    /// <exception cref="InvalidOperationException">Its type has no usable wire name.</exception>
    public (string Type, ReadOnlyMemory<byte> Json) Write<TEvent>(TEvent payload)
        where TEvent : notnull => _payloads.Write(payload, settings.MaxPayloadBytes);

    public OutgoingEvent Create(EventToPublish one, string? parent = null)
    {
        ulong? place = null;
        return Create(one, parent, ref place, left: 1);
    }

    /// <summary>Gets the key that the type of a payload gives its event; <see langword="null"/> for none.</summary>
    /// <exception cref="ArgumentException">The type gives it what is not a key.</exception>
    public string? FindKey<TEvent>(string type, TEvent payload)
        where TEvent : notnull => _keys.DefaultOf(type, payload);

    /// <summary>Creates events of one type, with the same options.</summary>
    /// <exception cref="ArgumentException">A payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">The type has no usable wire name.</exception>
    public OutgoingEvent[] CreateMany<TEvent>(IReadOnlyList<TEvent> payloads, PublishOptions? options)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payloads);
        if (typeof(TEvent) == typeof(EventToPublish))
        {
            throw new ArgumentException("Each EventToPublish has its own options; call PublishManyAsync without options.", nameof(options));
        }

        if (options?.Id is { } id && payloads.Count != 1)
        {
            throw new ArgumentException($"An id is for one event, but '{id}' was given for {payloads.Count}.", nameof(options));
        }

        var events = new OutgoingEvent[payloads.Count];
        ulong? place = null;
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = Create(payloads[i], options, parent: null, ref place, events.Length - i);
        }

        return events;
    }

    /// <summary>Creates events of any types, each with its own options.</summary>
    /// <exception cref="ArgumentException">A payload or an option is not allowed.</exception>
    /// <exception cref="InvalidOperationException">A type has no usable wire name.</exception>
    public OutgoingEvent[] CreateMany(IReadOnlyList<EventToPublish> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var outgoing = new OutgoingEvent[events.Count];
        ulong? place = null;
        for (var i = 0; i < outgoing.Length; i++)
        {
            var one = events[i] ?? throw new ArgumentException($"Event {i} of the list is null.", nameof(events));
            outgoing[i] = Create(one, parent: null, ref place, outgoing.Length - i);
        }

        return outgoing;
    }

    /// <summary>Checks the delay and the expiry of an event, and gets them in ms.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay or the expiry is out of range.</exception>
    public static (long? Delay, long? Expires) TimesOf(PublishOptions options)
    {
        var delay = Milliseconds(options.Delay, nameof(PublishOptions.Delay), TimeSpan.Zero);
        var expires = Milliseconds(options.ExpiresAfter, nameof(PublishOptions.ExpiresAfter), TimeSpan.FromMilliseconds(1));
        return expires <= delay
            ? throw new ArgumentOutOfRangeException(
                nameof(options), options.ExpiresAfter,
                $"{nameof(PublishOptions.ExpiresAfter)} must be longer than {nameof(PublishOptions.Delay)}, {options.Delay}, "
                + $"or the event expires before it is ready; it is {options.ExpiresAfter}.")
            : (delay, expires);
    }

    /// <summary>Checks a payload that is already JSON.</summary>
    public void CheckJson(ReadOnlyMemory<byte> payload)
    {
        PayloadWriter.CheckSize(payload, settings.MaxPayloadBytes, nameof(payload));
        if (PayloadJson.Problem(payload.Span) is { } problem)
        {
            throw new ArgumentException($"The payload {problem}", nameof(payload));
        }
    }

    // The place and how many events are left: see EventIds.
    private OutgoingEvent Create<TEvent>(TEvent payload, PublishOptions? options, string? parent, ref ulong? place, int left)
        where TEvent : notnull
    {
        var (type, json) = Write(payload);
        EventKeys.Check(options);
        return Create(type, json, options, options?.Key ?? FindKey(type, payload), parent, ref place, left);
    }

    private OutgoingEvent Create(EventToPublish one, string? parent, ref ulong? place, int left)
    {
        var (type, json) = one.Payload.Write(this);
        EventKeys.Check(one.Options);
        return Create(type, json, one.Options, one.Options?.Key ?? one.Payload.FindKey(this, type), parent, ref place, left);
    }

    private OutgoingEvent Create(
        string type, ReadOnlyMemory<byte> json, PublishOptions? options, string? key, string? parent, ref ulong? place, int left)
    {
        if (options?.Id is { } chosen)
        {
            NameRules.ThrowIfInvalidChoice(chosen, nameof(options));
            ThrowIfApart(chosen, parent);
        }

        if (key is not null)
        {
            _keys.ThrowIfApart(key, options, parent);
        }

        // Whether a follow-up inherits a key is known later, see CheckFollowUp().
        if (options is { Unique: { } unique, Id: { } id } && key is null && parent is null)
        {
            _keys.ThrowIfNameIsApart(unique.Name, id, isFollowUp: false);
        }

        Priorities.Check(options);
        EventTexts.CheckCorrelation(options?.CorrelationId, nameof(options));
        var newId = options?.Id ?? NewId(key ?? options?.Unique?.Name, parent, ref place, left);
        return new OutgoingEvent(newId, type, json, OptionsOf(options, key));
    }

    /// <summary>Checks a follow-up that has inherited what it inherits.</summary>
    /// <exception cref="ArgumentException">It would live in another partition than other events with its name.</exception>
    public OutgoingEvent CheckFollowUp(OutgoingEvent outgoing, string parent)
    {
        if (outgoing.Options is { Unique: { } unique, Key: null })
        {
            _keys.ThrowIfNameIsApart(unique.Name, parent, isFollowUp: true);
        }

        return outgoing;
    }

    private OutgoingOptions? OptionsOf(PublishOptions? options, string? key)
    {
        if (options is null)
        {
            return key is null ? null : OutgoingOptions.None with { Key = key };
        }

        if (options is { Delay: not null, DueAt: not null })
        {
            throw new ArgumentException(
                $"{nameof(PublishOptions.Delay)} and {nameof(PublishOptions.DueAt)} exclude each other, "
                + $"but are {options.Delay} and {options.DueAt:O}.",
                nameof(options));
        }

        var (delay, expires) = TimesOf(options);
        var outgoing = new OutgoingOptions(
            delay,
            expires,
            options.CorrelationId,
            EventTexts.WriteHeaders(options.Headers, nameof(options)),
            IdWasChosen: options.Id is not null)
        {
            DueMs = options.DueAt is { } due ? UnixTime.CeilingMs(due) : null,
            Key = key,
            Unique = options.Unique,
            Priority = Priorities.WordOf(options.Priority),
            CancelOn = options.CancelOn?.Read(types, serializer, CancelOnRule.ToExpiry(LatestDueMs(options))),
        };
        return outgoing == OutgoingOptions.None ? null : outgoing;
    }

    // The script that settles the parent records the follow-up, so both must belong to one partition.
    private string NewId(string? key, string? parent, ref ulong? place, int left) => (key, parent) switch
    {
        (_, not null) => DerivedIds.FollowUp(parent),
        (not null, _) => DerivedIds.Keyed(key),
        _ => _ids?.Next(ref place, left) ?? IdGenerator.Next(),
    };

    private static void ThrowIfApart(string chosen, string? parent)
    {
        if (parent is { } p && !Routing.KeyOf(chosen).SequenceEqual(Routing.KeyOf(p)))
        {
            throw new ArgumentException(
                $"A follow-up's id must begin with '{Routing.KeyOf(p)}/', so that it belongs to the partition of the event "
                + $"that it follows, but is '{chosen}'.",
                nameof(chosen));
        }
    }

    // The approximate due time, which limits how long canceling events are watched. It is never before now.
    private long LatestDueMs(PublishOptions options)
    {
        var due = clock.HostTime + (options.Delay ?? TimeSpan.Zero);
        return (options.DueAt > due ? options.DueAt.Value : due).ToUnixTimeMilliseconds();
    }

    private static long? Milliseconds(TimeSpan? value, string property, TimeSpan least)
    {
        if (value is not { } span)
        {
            return null;
        }

        if (span < least || span > MaxSpan)
        {
            throw new ArgumentOutOfRangeException(property, span, $"{property} must be between {least} and {MaxSpan}, but is {span}.");
        }

        return span == TimeSpan.Zero ? null : (long)Math.Ceiling(span.TotalMilliseconds);
    }
}
