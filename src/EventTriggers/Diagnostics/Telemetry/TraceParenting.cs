namespace EventTriggers;

/// <summary>
/// Whether the span that handles an event continues the trace in which the event was published. Whatever it says, the span links to the
/// span that published the event.
/// </summary>
public enum TraceParenting
{
    /// <summary>
    /// It continues the trace if the delivery is claimed for the first time, less than a minute after the event was published without a
    /// delay, by a program and not by a trigger. Otherwise it begins a trace of its own: a trace that goes on for days, or that retries
    /// prolong, cannot be sampled by its end, and few backends show it whole.
    /// </summary>
    Auto,

    /// <summary>It always continues the trace.</summary>
    Always,

    /// <summary>It always begins a trace of its own.</summary>
    Never,
}
