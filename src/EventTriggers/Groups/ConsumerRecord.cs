namespace EventTriggers;

/// <summary>A process that runs a consumer loop, as it reported last.</summary>
public sealed class ConsumerRecord
{
    /// <summary>Gets its name, which is new whenever a consumer loop starts. Leased deliveries note it.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the name of its machine.</summary>
    public required string Machine { get; init; }

    /// <summary>Gets its process id.</summary>
    public required int ProcessId { get; init; }

    /// <summary>Gets the version of EventTriggers that it runs.</summary>
    public required string Version { get; init; }

    /// <summary>Gets the moment at which its consumer loop started, by its own clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Gets the moment at which it reported last, by the clock of Redis. It reports every 20 seconds.</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>
    /// Gets how far its clock is ahead of the clock of Redis; <see langword="null"/> until it has reported twice. The time of a call to
    /// Redis is part of it.
    /// </summary>
    public TimeSpan? ClockOffset { get; init; }

    /// <summary>Gets the groups that it claims for.</summary>
    public required IReadOnlyList<ConsumerGroup> Groups { get; init; }
}
