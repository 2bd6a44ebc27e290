namespace EventTriggers.Redis.Operations;

/// <summary>What a consumer is told when it reports.</summary>
/// <param name="Now">The time by the server's clock, in unix ms.</param>
/// <param name="Concurrency">
/// What is set for each of its groups, as it is stored, see <see cref="StoredConcurrency"/>; empty for nothing. None when it stops.
/// </param>
internal readonly record struct NotedConsumer(long Now, IReadOnlyList<string> Concurrency);
