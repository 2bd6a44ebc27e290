using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Serialization;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Options;

namespace EventTriggers.Events;

/// <summary>Creates outgoing events from payloads. All checks happen here, before anything is written.</summary>
internal sealed class OutgoingEvents(
    IOptions<RedisTriggersOptions> settings, IEventSerializer serializer, EventTypes types, RedisClock clock)
{
    // The maximum length of a message from other code: enough for a sentence of a serializer with a path in it.
    private const int MaxReasonLength = 400;

    // Ten years are far beyond any use, and far within the range of ms arithmetic.
    private static readonly TimeSpan MaxSpan = TimeSpan.FromDays(3650);

    private readonly ConcurrentDictionary<Type, PayloadContract> _contracts = new();

    public string TypeOf<TEvent>() => types.NameOf(typeof(TEvent));

    public OutgoingEvent Create<TEvent>(TEvent payload, PublishOptions? options, string? parent = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        return Create(TypeOf<TEvent>(), Serialize(payload), options, parent);
    }

    public OutgoingEvent CreateRaw(string type, ReadOnlyMemory<byte> json, PublishOptions? options, string? parent = null)
    {
        NameRules.ThrowIfInvalidType(type);
        CheckJson(json);
        return Create(type, json, options, parent);
    }

    /// <summary>Serializes a payload and checks the result.</summary>
    public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull
    {
        var contract = ContractOf(typeof(TEvent));
        if (!typeof(TEvent).IsValueType && payload.GetType() != typeof(TEvent) && !contract.IsWhole)
        {
            throw new ArgumentException(
                $"A payload of type {payload.GetType()} was published as {typeof(TEvent)}. "
                + $"The event would have that type, with only the members of {typeof(TEvent)}. "
                + $"Publish it as {payload.GetType()}, or make {typeof(TEvent)} polymorphic ([JsonPolymorphic], [JsonDerivedType]).",
                nameof(payload));
        }

        ReadOnlyMemory<byte> json;
        try
        {
            json = serializer.Serialize(payload);
        }
        catch (Exception e)
        {
            // The getters and converters of the payload may throw any exception. Nothing was written.
            var reason = Excerpt.Of(Failures.MessageOf(e), MaxReasonLength);
            throw new ArgumentException($"A payload of type {typeof(TEvent)} cannot be serialized: {reason}", nameof(payload), e);
        }

        CheckSize(json, nameof(payload));
        if (!contract.IsPlain && PayloadJson.Problem(json.Span) is { } problem)
        {
            throw new ArgumentException($"A payload of type {typeof(TEvent)} {problem}", nameof(payload));
        }

        return json;
    }

    public OutgoingEvent Create(EventToPublish one, string? parent = null)
    {
        var (type, json) = one.Payload.Write(this);
        return Create(type, json, one.Options, parent);
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
        CheckSize(payload, nameof(payload));
        if (PayloadJson.Problem(payload.Span) is { } problem)
        {
            throw new ArgumentException($"The payload {problem}", nameof(payload));
        }
    }

    private OutgoingEvent Create(string type, ReadOnlyMemory<byte> json, PublishOptions? options, string? parent)
    {
        if (options?.Id is { } chosen)
        {
            NameRules.ThrowIfInvalidChoice(chosen, nameof(options));
            ThrowIfApart(chosen, parent);
        }

        EventTexts.CheckCorrelation(options?.CorrelationId, nameof(options));
        return new OutgoingEvent(options?.Id ?? NewId(parent), type, json, OptionsOf(options));
    }

    private OutgoingOptions? OptionsOf(PublishOptions? options)
    {
        if (options is null)
        {
            return null;
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
            CancelOn = options.CancelOn?.Read(types, serializer, CancelOnRule.ToExpiry(LatestDueMs(options))),
        };
        return outgoing == OutgoingOptions.None ? null : outgoing;
    }

    // The script that settles the parent records the follow-up, so both must belong to one partition.
    private static string NewId(string? parent) => parent is { } p ? DerivedIds.FollowUp(p) : IdGenerator.Next();

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

    private PayloadContract ContractOf(Type type) => _contracts.GetOrAdd(type, static (type, serializer) =>
    {
        var contract = PayloadContract.From(type, serializer.Options);

        // The output of a custom serializer is always checked, whatever its options say.
        return serializer is JsonEventSerializer ? contract : contract with { IsPlain = false };
    }, serializer);

    private void CheckSize(ReadOnlyMemory<byte> json, string parameter)
    {
        var most = settings.Value.MaxPayloadBytes;
        if (json.Length > most)
        {
            throw new ArgumentException($"A payload may have at most {most} bytes (MaxPayloadBytes), but has {json.Length}.", parameter);
        }
    }
}
