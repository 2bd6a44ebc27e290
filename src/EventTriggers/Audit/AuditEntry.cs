namespace EventTriggers;

/// <summary>What an operator did, to be kept in the audit list.</summary>
public sealed class AuditEntry
{
    /// <summary>Gets what was done, for example <c>pause group</c>: 1 to 100 characters.</summary>
    public required string Action { get; init; }

    /// <summary>Gets the name or id of what it was done to: 1 to 300 characters.</summary>
    public required string Target { get; init; }

    /// <summary>Gets who did it: at most 200 characters; <see langword="null"/> if that is not known.</summary>
    public string? By { get; init; }

    /// <summary>Gets what came of it: at most 100 characters; <see langword="null"/> if that is not known.</summary>
    public string? Outcome { get; init; }

    /// <summary>Gets what else is to be remembered: at most 1500 characters; <see langword="null"/> for nothing.</summary>
    public string? Details { get; init; }
}
