using System.Globalization;
using System.Text;
using EventTriggers.Diagnostics;

namespace EventTriggers.Testing.Harness;

/// <summary>Writes events and moments for messages.</summary>
internal static class EventText
{
    private const int MaxPayload = 200;

    public static string Of(string type, string id, ReadOnlySpan<byte> payload) =>
        $"{type} '{id}' {Of(payload)}";

    public static string Of(ReadOnlySpan<byte> payload) => Excerpt.Of(Encoding.UTF8.GetString(payload), MaxPayload);

    public static string Of(DateTimeOffset moment) =>
        moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    public static string Of(Exception exception) =>
        $"{exception.GetType().FullName}: {Excerpt.Of(exception.Message, MaxPayload)}";
}
