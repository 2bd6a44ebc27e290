namespace EventTriggers.Redis.Operations;

/// <summary>What a partition was made with, as it is stored.</summary>
internal sealed record StoredMeta(string Schema, string Partitions);
