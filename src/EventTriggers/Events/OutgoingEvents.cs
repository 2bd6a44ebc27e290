using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Serialization;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Options;

namespace EventTriggers.Events;

/// <summary>Makes outgoing events of payloads: every check happens here, before anything is written.</summary>
internal sealed class OutgoingEvents(IOptions<RedisTriggersOptions> settings, IEventSerializer serializer, EventTypes types, RedisClock clock)
{
    // Ten years: far beyond any use, far within what ms arithmetic holds.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    private readonly ConcurrentDictionary<Type, PayloadContract> _contracts = new();

    // Of what somebody's code says; enough for a serializer's sentence with a path in it.
    private const int LongestReason = 400;

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

    /// <summary>Serializes a payload and checks what it became.</summary>
    public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull
    {
        var contract = ContractOf(typeof(TEvent));
        if (!typeof(TEvent).IsValueType && payload.GetType() != typeof(TEvent) && !contract.IsWhole)
        {
            throw new ArgumentException(
                $"A payload of type {payload.GetType()} was published as {typeof(TEvent)}: it would be an event of that type, with the members that {typeof(TEvent)} has. "
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
            // Also what the payload's own getters and converters throw: nothing was written.
            throw new ArgumentException($"A payload of type {typeof(TEvent)} cannot be serialized: {Excerpt.Of(Failures.MessageOf(e), LongestReason)}", nameof(payload), e);
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
    /// <exception cref="ArgumentOutOfRangeException">One of them is not allowed.</exception>
    public static (long? Delay, long? Expires) TimesOf(PublishOptions options)
    {
        var delay = Milliseconds(options.Delay, nameof(PublishOptions.Delay), TimeSpan.Zero);
        var expires = Milliseconds(options.ExpiresAfter, nameof(PublishOptions.ExpiresAfter), TimeSpan.FromMilliseconds(1));
        return expires <= delay
            ? throw new ArgumentOutOfRangeException(
                nameof(options), options.ExpiresAfter,
                $"{nameof(PublishOptions.ExpiresAfter)} must be longer than {nameof(PublishOptions.Delay)}, {options.Delay}, or the event expires before it is ready; it is {options.ExpiresAfter}.")
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
                $"{nameof(PublishOptions.Delay)} and {nameof(PublishOptions.DueAt)} exclude each other, but are {options.Delay} and {options.DueAt:O}.", nameof(options));
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

    // A follow-up is recorded by the script that settles its parent, so both must live in one partition.
    private static string NewId(string? parent) => parent is { } p ? DerivedIds.FollowUp(p) : IdGenerator.Next();

    private static void ThrowIfApart(string chosen, string? parent)
    {
        if (parent is { } p && !Routing.KeyOf(chosen).SequenceEqual(Routing.KeyOf(p)))
        {
            throw new ArgumentException(
                $"A follow-up's id must begin with '{Routing.KeyOf(p)}/', so that it lives in the partition of the event that it follows, "
                + $"but is '{chosen}'.",
                nameof(chosen));
        }
    }

    // About when it is due, for how long it is watched for: not before now, whatever is said.
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

        if (span < least || span > Longest)
        {
            throw new ArgumentOutOfRangeException(property, span, $"{property} must be between {least} and {Longest}, but is {span}.");
        }

        return span == TimeSpan.Zero ? null : (long)Math.Ceiling(span.TotalMilliseconds);
    }

    private PayloadContract ContractOf(Type type) => _contracts.GetOrAdd(type, static (type, serializer) =>
    {
        var contract = PayloadContract.Of(type, serializer.Options);

        // What a serializer of the host's own writes is read once more, whatever its options say.
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
