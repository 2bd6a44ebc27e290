namespace EventTriggers.Dashboard.Api;

/// <summary>Asks for other numbers of a rate limit.</summary>
internal sealed class LimitChange
{
    public required string Name { get; init; }

    /// <summary>Gets how many deliveries may begin in the span; not read where a limit is reset.</summary>
    public int Count { get; init; }

    /// <summary>Gets the span.</summary>
    public double Seconds { get; init; }

    public int? Burst { get; init; }
}
