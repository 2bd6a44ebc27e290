namespace EventTriggers;

/// <summary>
/// What the server of one partition says of itself. What it does not say is <see langword="null"/>: servers differ, and one may refuse
/// <c>INFO</c> to the user of the connection.
/// </summary>
public sealed class ServerRecord
{
    /// <summary>Gets the number of the partition, starting at 0.</summary>
    public required int Partition { get; init; }

    /// <summary>Gets why the server could not be read; <see langword="null"/>, the default, if it was read.</summary>
    public string? Failure { get; init; }

    /// <summary>Gets which server it is: <c>redis</c>, <c>valkey</c> or <c>garnet</c>.</summary>
    public string? Product { get; init; }

    /// <summary>Gets its version.</summary>
    public string? Version { get; init; }

    /// <summary>Gets the time since it was started.</summary>
    public TimeSpan? Uptime { get; init; }

    /// <summary>Gets its role: <c>master</c> or <c>slave</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Gets the number of replicas that are connected to it.</summary>
    public int? Replicas { get; init; }

    /// <summary>Gets the memory that it uses, in bytes.</summary>
    public long? UsedMemoryBytes { get; init; }

    /// <summary>Gets the most memory that it may use, in bytes; 0 for no limit.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>Gets its <c>maxmemory-policy</c>. Any other than <c>noeviction</c> may lose events.</summary>
    public string? EvictionPolicy { get; init; }

    /// <summary>Gets a value indicating whether it keeps an append-only file.</summary>
    public bool? HasAppendOnlyFile { get; init; }

    /// <summary>Gets the moment of the last snapshot that succeeded, or of the start if there has been none.</summary>
    public DateTimeOffset? LastSnapshotAt { get; init; }

    /// <summary>Gets a value indicating whether its last attempt to write a snapshot or its append-only file failed.</summary>
    public bool? HasFailedToPersist { get; init; }

    /// <summary>
    /// Gets the commands that it refuses to this user, of those that EventTriggers sends, in the order in which they were tried. Normally
    /// empty.
    /// </summary>
    public IReadOnlyList<string> RefusedCommands { get; init; } = [];
}
