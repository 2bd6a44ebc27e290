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
