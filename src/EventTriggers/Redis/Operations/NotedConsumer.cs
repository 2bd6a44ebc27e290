namespace EventTriggers.Redis.Operations;

/// <summary>What a consumer is told when it reports.</summary>
/// <param name="Now">The time by the server's clock, in unix ms.</param>
/// <param name="Shares">
/// For each of its groups how many deliveries are handled at a time, as it is stored, see <see cref="StoredConcurrency"/>, empty for
/// nothing; and its share of that. None when it stops.
/// </param>
internal readonly record struct NotedConsumer(long Now, IReadOnlyList<(string Stored, int Share)> Shares);
