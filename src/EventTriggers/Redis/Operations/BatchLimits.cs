namespace EventTriggers.Redis.Operations;

/// <summary>How much goes into one call. Beyond that the host's own commands on the connection wait behind ours.</summary>
internal static class BatchLimits
{
    public const int Items = 100;

    public const int Bytes = 100_000;
}
