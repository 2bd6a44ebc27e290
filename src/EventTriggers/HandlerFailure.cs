namespace EventTriggers;

/// <summary>A failed attempt of one handler to handle an event.</summary>
public sealed class HandlerFailure
{
    /// <summary>Gets the event's id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the event's wire name.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the group of the delivery.</summary>
    public required string Group { get; init; }

    /// <summary>Gets the name of the handler: the full name of its class, or <c>delegate-N</c>.</summary>
    public required string Handler { get; init; }

    /// <summary>Gets the number of failed attempts, including this one. Attempts that crashed their consumer are not counted.</summary>
    public required int Failures { get; init; }

    /// <summary>Gets the exception of the handler.</summary>
    public required Exception Exception { get; init; }
}
