namespace EventTriggers.Redis.Operations;

/// <summary>The limits of one call. Beyond them the host's own commands on the connection would wait behind ours.</summary>
internal static class BatchLimits
{
    public const int Items = 100;

    public const int Bytes = 100_000;
}
