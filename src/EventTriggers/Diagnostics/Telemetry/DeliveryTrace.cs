using System.Diagnostics;
using System.Text.Json;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// The context in which a delivered event was published: the field of its hash, or else the conventional headers of a program that
/// published it in another way.
/// </summary>
internal static class DeliveryTrace
{
    private const string ParentHeader = "traceparent";
    private const string StateHeader = "tracestate";

    /// <summary>Gets the context as it is stored.</summary>
    /// <returns>The context; <see langword="null"/> if there is none, or none that can be read.</returns>
    public static string? TextOf(Delivery delivery) => Find(delivery, out _);

    /// <summary>Reads the context.</summary>
    public static bool TryRead(Delivery delivery, out ActivityContext context) => Find(delivery, out context) is not null;

    private static string? Find(Delivery delivery, out ActivityContext context)
    {
        if (TraceText.TryParse(delivery.Trace, out context))
        {
            return delivery.Trace;
        }

        return FromHeaders(delivery.Headers) is { } text && TraceText.TryParse(text, out context) ? text : null;
    }

    // Few events have these headers, so the others' are not read.
    private static string? FromHeaders(byte[] headers)
    {
        if (headers.AsSpan().IndexOf("traceparent"u8) < 0)
        {
            return null;
        }

        try
        {
            var all = HeaderJson.Read(headers);
            return all.TryGetValue(ParentHeader, out var parent) ? TraceText.From(parent, all.GetValueOrDefault(StateHeader)) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Another program has written into the event's hash. Whoever reads the headers next reports it.
            return null;
        }
    }
}
