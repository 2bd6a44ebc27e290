namespace EventTriggers;

/// <summary>When a batch begins. It begins at whichever of the limits it reaches first, when its payloads together reach 1 MiB, or when the
/// host begins to stop.</summary>
public sealed class BatchOptions
{
    /// <summary>Gets or sets the maximum number of events in a batch.</summary>
    /// <value>1–1000. The default is 100.</value>
    public int MaxSize { get; set; } = 100;

    /// <summary>Gets or sets how long the first event of a batch waits for others, by the <see cref="TimeProvider"/> of the host.</summary>
    /// <value>1 ms to 10 minutes. The default is 1 s.</value>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(1);
}
