using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Options;

namespace EventTriggers;

/// <summary>Makes outgoing events of payloads: every check happens here, before anything is written.</summary>
internal sealed class OutgoingEvents(IOptions<RedisTriggersOptions> settings, IEventSerializer serializer, EventTypes types, TimeProvider timeProvider)
{
    /// <summary>The most bytes of headers, as they are stored.</summary>
    public const int MaxHeaderBytes = 16 * 1024;

    private const int MaxHeaders = 64;
    private const int MaxCorrelationLength = 200;

    // Ten years: far beyond any use, far within what ms arithmetic holds.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public string TypeOf<TEvent>() => types.NameOf(typeof(TEvent));

    public OutgoingEvent Create<TEvent>(TEvent payload, PublishOptions? options, EventId? parent = null)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        return Create(TypeOf<TEvent>(), Serialize(payload), options, parent);
    }

    public OutgoingEvent CreateRaw(string type, ReadOnlyMemory<byte> json, PublishOptions? options)
    {
        Names.ThrowIfInvalidType(type);
        CheckJson(json);
        return Create(type, json, options, parent: null);
    }

    /// <summary>Serializes a payload and checks its size.</summary>
    public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull
    {
        ReadOnlyMemory<byte> json;
        try
        {
            json = serializer.Serialize(payload);
        }
        catch (Exception e)
        {
            // Also what the payload's own getters and converters throw: nothing was written.
            throw new ArgumentException($"A payload of type {typeof(TEvent)} cannot be serialized: {e.Message}", nameof(payload), e);
        }

        CheckSize(json, nameof(payload));
        return json;
    }

    /// <summary>Checks a payload that is JSON already.</summary>
    public void CheckJson(ReadOnlyMemory<byte> json)
    {
        CheckSize(json, nameof(json));
        if (!Utf8.IsValid(json.Span))
        {
            throw new ArgumentException("The payload must be JSON in UTF-8, but has bytes that are not UTF-8.", nameof(json));
        }

        try
        {
            var reader = new Utf8JsonReader(json.Span);
            while (reader.Read())
            {
                // Reading to the end is the check.
            }
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The payload must be one JSON value: {e.Message}", nameof(json), e);
        }
    }

    /// <summary>Writes headers as they are stored, or returns <see langword="null"/> for none.</summary>
    public static string? WriteHeaders(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null || headers.Count == 0)
        {
            return null;
        }

        if (headers.Count > MaxHeaders)
        {
            throw new ArgumentException($"An event may have at most {MaxHeaders} headers, but has {headers.Count}.", nameof(headers));
        }

        if (headers.FirstOrDefault(static header => header.Value is null) is { Key: { } name })
        {
            throw new ArgumentException($"The value of header '{name}' is null.", nameof(headers));
        }

        var json = HeaderJson.Write(headers);
        return Encoding.UTF8.GetByteCount(json) <= MaxHeaderBytes
            ? json
            : throw new ArgumentException($"Headers may have at most {MaxHeaderBytes} bytes together, but have {Encoding.UTF8.GetByteCount(json)}.", nameof(headers));
    }

    private OutgoingEvent Create(string type, ReadOnlyMemory<byte> json, PublishOptions? options, EventId? parent)
    {
        if (options?.Id is { } chosen)
        {
            Names.ThrowIfInvalidChoice(chosen, nameof(options));
            ThrowIfApart(chosen, parent);
        }

        if (options?.CorrelationId?.Length > MaxCorrelationLength)
        {
            throw new ArgumentException(
                $"A correlation id may have at most {MaxCorrelationLength} characters, but has {options.CorrelationId.Length}.", nameof(options));
        }

        return new OutgoingEvent(options?.Id ?? NewId(parent), type, json, OptionsOf(options));
    }

    private OutgoingOptions? OptionsOf(PublishOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        var outgoing = new OutgoingOptions(
            Milliseconds(options.Delay, nameof(PublishOptions.Delay), TimeSpan.Zero),
            Milliseconds(options.ExpiresAfter, nameof(PublishOptions.ExpiresAfter), TimeSpan.FromMilliseconds(1)),
            options.CorrelationId,
            WriteHeaders(options.Headers),
            IdWasChosen: options.Id is not null)
        {
            CancelOn = options.CancelOn?.Read(types, serializer, Cancellation.ExpiryOf((timeProvider.GetUtcNow() + (options.Delay ?? TimeSpan.Zero)).ToUnixTimeMilliseconds())),
        };
        return outgoing == OutgoingOptions.None ? null : outgoing;
    }

    // A follow-up is recorded by the script that settles its parent, so both must live in one partition.
    private static EventId NewId(EventId? parent) => parent is { } p ? DerivedIds.FollowUp(p) : new EventId(NewIds.Next());

    private static void ThrowIfApart(EventId chosen, EventId? parent)
    {
        if (parent is { } p && !Routing.KeyOf(chosen.Value).SequenceEqual(Routing.KeyOf(p.Value)))
        {
            throw new ArgumentException(
                $"A follow-up's id must begin with '{Routing.KeyOf(p.Value)}/', so that it lives in the partition of the event that it follows, "
                + $"but is '{chosen}'.",
                nameof(chosen));
        }
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

    private void CheckSize(ReadOnlyMemory<byte> json, string parameter)
    {
        var most = settings.Value.MaxPayloadBytes;
        if (json.Length > most)
        {
            throw new ArgumentException($"A payload may have at most {most} bytes (MaxPayloadBytes), but has {json.Length}.", parameter);
        }
    }
}
