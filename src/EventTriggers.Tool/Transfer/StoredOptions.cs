namespace EventTriggers.Tool.Transfer;

/// <summary>The options of the events that an exported trigger publishes.</summary>
internal sealed class StoredOptions
{
    public TimeSpan? Delay { get; init; }

    public TimeSpan? ExpiresAfter { get; init; }

    public string? CorrelationId { get; init; }

    public string? Key { get; init; }

    public Priority? Priority { get; init; }

    public Dictionary<string, string>? Headers { get; init; }
}
