namespace EventTriggers.Redis.Operations;

/// <summary>Keys of a group, as one partition knows them.</summary>
/// <param name="Held">How many keys wait behind a dead letter.</param>
/// <param name="Waiting">How many keys have a backlog.</param>
/// <param name="Keys">Some of them.</param>
internal sealed record ListedKeys(long Held, long Waiting, IReadOnlyList<KeyRecord> Keys);
