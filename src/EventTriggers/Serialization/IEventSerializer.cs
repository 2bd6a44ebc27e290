using System.Text.Json;

namespace EventTriggers;

/// <summary>Turns payloads into JSON and back.</summary>
/// <remarks>
/// The default is System.Text.Json with web defaults (camelCase names) that reads strictly: a missing constructor parameter without a default, a null for a member that has none, or a
/// member that is there twice makes the delivery a dead letter that says so. Unknown members are ignored. Register another before <c>AddRedisTriggers</c>.
/// </remarks>
public interface IEventSerializer
{
    /// <summary>Serializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload.</param>
    /// <returns>One JSON value in UTF-8, in which no object names a member twice; the caller owns it and it never changes.</returns>
    ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull;

    /// <summary>Deserializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">One JSON value in UTF-8.</param>
    /// <returns>The payload. Throwing makes the delivery a dead letter at once, with its bytes intact.</returns>
    TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> payload)
        where TEvent : notnull;

    /// <summary>Gets what tells how members and values are written, so that lambdas over payloads become patterns, and payloads may be of types derived from a polymorphic one;
    /// <see langword="null"/>, the default, if nothing does.</summary>
    JsonSerializerOptions? Options => null;
}
