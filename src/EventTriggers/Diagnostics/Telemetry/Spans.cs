using System.Diagnostics;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>
/// Starts and ends spans. Listeners are code of the host: what one throws is caught here, so that it cannot reach a publish or a handler.
/// </summary>
internal static class Spans
{
    /// <summary>Gets a value indicating whether a listener asks for spans.</summary>
    public static bool AreWanted => TelemetrySource.Activities is { } source && source.HasListeners();

    /// <summary>Starts a span below the current one.</summary>
    /// <returns>The span; <see langword="null"/> if no listener wants it.</returns>
    public static Activity? Start(
        string name, ActivityKind kind, List<KeyValuePair<string, object?>> tags, IEnumerable<ActivityLink>? links = null) =>
        Start(name, kind, parent: default, tags, links);

    /// <summary>Starts a span below another one, or a new trace, whatever span is current.</summary>
    /// <param name="name">The span's name.</param>
    /// <param name="kind">The span's kind.</param>
    /// <param name="parent">The parent; <see langword="default"/> for none.</param>
    /// <param name="tags">The attributes, which a sampler sees.</param>
    /// <param name="links">The links.</param>
    /// <returns>The span; <see langword="null"/> if no listener wants it.</returns>
    public static Activity? StartBelow(
        string name, ActivityKind kind, ActivityContext parent, List<KeyValuePair<string, object?>> tags, IEnumerable<ActivityLink>? links)
    {
        if (parent == default && Activity.Current is not null)
        {
            // Otherwise the current span would become the parent. The caller is asynchronous, so its own caller keeps the current span.
            Activity.Current = null;
        }

        return Start(name, kind, parent, tags, links);
    }

    /// <summary>Notes the key of an event. No sampler needs it, so only a span that is recorded has it.</summary>
    /// <param name="span">The span; <see langword="null"/> for none.</param>
    /// <param name="key">The key; <see langword="null"/> for none.</param>
    public static void SetKey(Activity? span, string? key)
    {
        if (key is not null && span is { IsAllDataRequested: true })
        {
            span.SetTag(TelemetryNames.Key, key);
        }
    }

    /// <summary>Ends a span.</summary>
    /// <param name="span">The span; <see langword="null"/> for none.</param>
    /// <param name="failure">Why what it stands for failed; <see langword="null"/> if it did not.</param>
    public static void Stop(Activity? span, Exception? failure = null)
    {
        if (span is null)
        {
            return;
        }

        var parent = span.Parent;
        try
        {
            if (failure is not null)
            {
                span.SetTag(TelemetryNames.ErrorType, ErrorType.Of(failure));
                span.SetStatus(ActivityStatusCode.Error, Failures.MessageOf(failure));
            }

            span.Stop();
        }
        catch (Exception)
        {
            // A listener failed, and it cannot be reported anywhere. It must not leave an ended span as the current one.
            if (Activity.Current == span)
            {
                Activity.Current = parent;
            }
        }
    }

    /// <summary>Ends a span of something that did not happen, so that no exporter takes it.</summary>
    public static void Discard(Activity? span)
    {
        if (span is not null)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            Stop(span);
        }
    }

    private static Activity? Start(
        string name, ActivityKind kind, ActivityContext parent, List<KeyValuePair<string, object?>> tags, IEnumerable<ActivityLink>? links)
    {
        var current = Activity.Current;
        try
        {
            return TelemetrySource.Activities?.StartActivity(kind, parent, tags, links, name: name);
        }
        catch (Exception)
        {
            // A listener failed, and it cannot be reported anywhere. What the span was to stand for happens without it.
            Activity.Current = current;
            return null;
        }
    }
}
