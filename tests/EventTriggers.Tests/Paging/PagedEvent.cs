namespace EventTriggers.Tests.Paging;

/// <summary>An event in the plain model: what was published, and what became of it.</summary>
internal sealed record PagedEvent(string Id, string Type, string? Correlation, string? Key, long PublishedMs)
{
    public DeliveryStatus Status { get; set; }

    /// <summary>Gets or sets when it reached its status; when it is due, or when its lease ends.</summary>
    public long ReachedMs { get; set; }

    public string? Error { get; set; }

    /// <summary>Gets or sets a value indicating whether it is in a list.</summary>
    public bool IsInList { get; set; }
}
