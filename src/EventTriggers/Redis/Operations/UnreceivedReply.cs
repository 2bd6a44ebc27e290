namespace EventTriggers.Redis.Operations;

/// <summary>What became of leases that a lost claim may have made.</summary>
/// <param name="Released">How many were given back.</param>
/// <param name="Examined">How many were looked at.</param>
internal readonly record struct UnreceivedReply(int Released, int Examined);
