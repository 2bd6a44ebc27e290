namespace EventTriggers;

/// <summary>A failed attempt to handle an event.</summary>
public sealed class HandlerFailure
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets how many attempts have failed, this one included; attempts that crashed their consumer are not counted.</summary>
    public required int Failures { get; init; }

    /// <summary>Gets what the handler threw; an <see cref="AggregateException"/> when several handlers failed.</summary>
    public required Exception Exception { get; init; }
}
