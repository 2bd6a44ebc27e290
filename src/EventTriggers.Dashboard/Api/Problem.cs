namespace EventTriggers.Dashboard.Api;

/// <summary>Why a request failed, as RFC 9457 writes it.</summary>
internal sealed class Problem
{
    public required int Status { get; init; }

    public required string Title { get; init; }

    public required string Detail { get; init; }
}
