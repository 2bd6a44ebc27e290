using System.Text.Json;

namespace EventTriggers;

/// <summary>Turns payloads into JSON and back.</summary>
/// <remarks>The default is System.Text.Json with web defaults (camelCase names); register another before <c>AddRedisTriggers</c>.</remarks>
public interface IEventSerializer
{
    /// <summary>Serializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="payload">The payload.</param>
    /// <returns>One JSON value in UTF-8; the caller owns it and it never changes.</returns>
    ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
        where TEvent : notnull;

    /// <summary>Deserializes a payload.</summary>
    /// <typeparam name="TEvent">The payload's type.</typeparam>
    /// <param name="json">One JSON value in UTF-8.</param>
    /// <returns>The payload. Throwing makes the delivery a dead letter at once, with its bytes intact.</returns>
    TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
        where TEvent : notnull;

    /// <summary>Gets what tells how members and values are written, so that lambdas over payloads become patterns; <see langword="null"/>, the default, if nothing does.</summary>
    JsonSerializerOptions? Options => null;
}
