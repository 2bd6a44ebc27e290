using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using EventTriggers.Serialization;

namespace EventTriggers.Events;

/// <summary>Decides as which type a payload is published, serializes it, and checks the result.</summary>
internal sealed class PayloadWriter(IEventSerializer serializer, EventTypes types)
{
    // The maximum length of a message from other code: enough for a sentence of a serializer with a path in it.
    private const int MaxReasonLength = 400;

    private readonly ConcurrentDictionary<Type, PayloadContract> _contracts = new();

    /// <summary>Writes a payload.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="mostBytes">The most bytes that it may have.</param>
    /// <returns>The wire name of the type as which it is published, and its JSON.</returns>
    /// <exception cref="ArgumentException">The payload is not allowed.</exception>
    /// <exception cref="InvalidOperationException">Its type has no usable wire name.</exception>
    public (string Type, ReadOnlyMemory<byte> Json) Write<TEvent>(TEvent payload, int mostBytes)
        where TEvent : notnull
    {
        ArgumentNullException.ThrowIfNull(payload);
        if (!typeof(TEvent).IsValueType && payload.GetType() is var own && own != typeof(TEvent) && !ContractOf(typeof(TEvent)).Writes(own))
        {
            // What the declared type writes in full stays what the caller calls it: which other types a host registers changes nothing
            // about it.
            return types.IsRegistered(own)
                ? WriteAsItself(payload, typeof(TEvent), mostBytes)
                : throw new ArgumentException(Unregistered(own, typeof(TEvent)), nameof(payload));
        }

        ReadOnlyMemory<byte> json;
        try
        {
            json = serializer.Serialize(payload);
        }
        catch (Exception e)
        {
            // The getters and converters of the payload may throw any exception. Nothing was written.
            throw new ArgumentException(Unserializable(payload.GetType(), typeof(TEvent), e), nameof(payload), e);
        }

        CheckSize(json, mostBytes, nameof(payload));
        if (ProblemOf(json, typeof(TEvent)) is { } problem)
        {
            throw new ArgumentException(problem, nameof(payload));
        }

        return (types.NameOf(typeof(TEvent)), json);
    }

    /// <summary>Checks the size of a payload.</summary>
    /// <exception cref="ArgumentException">It is too large.</exception>
    public static void CheckSize(ReadOnlyMemory<byte> json, int mostBytes, string parameter)
    {
        if (json.Length > mostBytes)
        {
            throw new ArgumentException(
                $"A payload may have at most {mostBytes} bytes (MaxPayloadBytes), but has {json.Length}.", parameter);
        }
    }

    private (string Type, ReadOnlyMemory<byte> Json) WriteAsItself(object payload, Type declared, int mostBytes)
    {
        var type = payload.GetType();
        ReadOnlyMemory<byte> json;
        try
        {
            json = serializer.Serialize(payload, type);
        }
        catch (Exception e)
        {
            // As above.
            throw new ArgumentException(Unserializable(type, declared, e), nameof(payload), e);
        }

        CheckSize(json, mostBytes, nameof(payload));
        if (ProblemOf(json, type) is { } problem)
        {
            throw new ArgumentException(problem, nameof(payload));
        }

        return (types.NameOf(type), json);
    }

    private static string Unregistered(Type actual, Type declared) =>
        $"A payload of type {actual} was published as {declared}. The event would have that type, with only the members of {declared}. "
        + $"Publish it as {actual}, register {actual} with AddEvent or [EventType], or make {declared} polymorphic and name {actual} there "
        + "([JsonDerivedType]).";

    private static string Unserializable(Type actual, Type declared, Exception e) =>
        $"A payload of type {(actual == declared ? $"{declared}" : $"{actual}, published as {declared},")} cannot be serialized: "
        + Excerpt.Of(Failures.MessageOf(e), MaxReasonLength);

    private string? ProblemOf(ReadOnlyMemory<byte> json, Type type) =>
        !ContractOf(type).IsPlain && PayloadJson.Problem(json.Span) is { } problem ? $"A payload of type {type} {problem}" : null;

    private PayloadContract ContractOf(Type type) => _contracts.GetOrAdd(type, static (type, serializer) =>
    {
        var contract = PayloadContract.From(type, serializer.Options);

        // The output of a custom serializer is always checked, whatever its options say.
        return serializer is JsonEventSerializer ? contract : contract with { IsPlain = false };
    }, serializer);
}
