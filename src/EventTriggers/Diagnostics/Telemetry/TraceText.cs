using System.Diagnostics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// The context of a span as it is stored: its W3C <c>traceparent</c>, and, if there is one, a space and its <c>tracestate</c>.
/// </summary>
internal static class TraceText
{
    // As much as the recommendation of the W3C asks everyone to pass on.
    private const int MaxStateLength = 512;
    private const int ParentLength = 55;

    /// <summary>
    /// Writes the context of the current span: if there is a listener, or if the span is recorded, so that a host without tracing writes
    /// nothing.
    /// </summary>
    /// <returns>The context; <see langword="null"/> for none.</returns>
    public static string? OfCurrent() =>
        Activity.Current is { } current && (current.Recorded || Spans.AreWanted) ? From(current) : null;

    /// <summary>Writes the context of a span.</summary>
    /// <returns>The context; <see langword="null"/> if the span's id is not one of the W3C.</returns>
    public static string? From(Activity span)
    {
        if (span.IdFormat != ActivityIdFormat.W3C)
        {
            return null;
        }

        var state = span.TraceStateString;
        return string.IsNullOrEmpty(state) || !IsState(state) ? span.Id : $"{span.Id} {state}";
    }

    /// <summary>Joins a <c>traceparent</c> and a <c>tracestate</c> that came as headers.</summary>
    public static string From(string parent, string? state) =>
        string.IsNullOrEmpty(state) || !IsState(state) ? parent : $"{parent} {state}";

    /// <summary>Reads a context. A value that is not one is ignored: it must not keep an event from being handled.</summary>
    public static bool TryParse(string? text, out ActivityContext context)
    {
        context = default;
        if (text is null || text.Length < ParentLength || text.Length > ParentLength + 1 + MaxStateLength)
        {
            return false;
        }

        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var (parent, state) = space < 0 ? (text, null) : (text[..space], text[(space + 1)..]);
        return parent.Length == ParentLength && (state is null || IsState(state))
            && ActivityContext.TryParse(parent, state, isRemote: true, out context);
    }

    private static bool IsState(string state) =>
        state.Length is > 0 and <= MaxStateLength && !state.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
