using System.Text.Json;

namespace EventTriggers;

/// <summary>Serializes payloads to JSON, and deserializes them.</summary>
/// <remarks>
/// The default is System.Text.Json with web defaults (camelCase names) that reads strictly: a missing constructor parameter without a
/// default, a null for a member that is not nullable, or a duplicate member makes the delivery a dead letter with that reason. Unknown
/// members are ignored. To use another serializer, register it before <c>AddRedisTriggers</c>.
/// </remarks>
public interface IEventSerializer
{
    /// <summary>Serializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload.</param>
    /// <returns>One JSON value in UTF-8, in which no object names a member twice. The serializer must not change it afterwards.</returns>
    ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull;

    /// <summary>Serializes a payload whose type is known only when the program runs: that of a value which is published through a base type
    /// or an interface. The default refuses it, and so does the publish.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="type">The payload's own type.</param>
    /// <returns>One JSON value in UTF-8, as of <see cref="Serialize{TEvent}(TEvent)"/>.</returns>
    /// <exception cref="NotSupportedException">The serializer does not serialize by a type that is known only at run time.</exception>
    ReadOnlyMemory<byte> Serialize(object payload, Type type) => throw new NotSupportedException(
        $"{GetType()} does not implement {nameof(Serialize)}(object, Type). Implement it, or publish the payload as its own type.");

    /// <summary>Deserializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <returns>The payload. If you throw, the delivery becomes a dead letter immediately, with its payload intact.</returns>
    TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> payload)
        where TEvent : notnull;

    /// <summary>Gets the options that say how members and values are written. They are needed for lambdas over payloads, and for payloads
    /// of types derived from a polymorphic type. The default is <see langword="null"/>: unknown.</summary>
    JsonSerializerOptions? Options => null;
}
