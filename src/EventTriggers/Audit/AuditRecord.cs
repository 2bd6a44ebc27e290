namespace EventTriggers;

/// <summary>An entry of the audit list.</summary>
public sealed class AuditRecord
{
    /// <summary>Gets the moment at which it was added, by the clock of Redis.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Gets what was done.</summary>
    public required AuditEntry Entry { get; init; }

    /// <summary>
    /// Gets why the entry could not be read, because something other than EventTriggers wrote to the list; its time is then the beginning
    /// of 1970. <see langword="null"/>, the default, if it was read.
    /// </summary>
    public string? Unreadable { get; init; }
}
