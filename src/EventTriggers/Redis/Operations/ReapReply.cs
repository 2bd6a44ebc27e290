namespace EventTriggers.Redis.Operations;

/// <summary>What became of expired leases.</summary>
/// <param name="Ready">How many deliveries are ready again.</param>
/// <param name="Dead">The ids of those that became dead letters.</param>
internal readonly record struct ReapReply(int Ready, IReadOnlyList<string> Dead);
