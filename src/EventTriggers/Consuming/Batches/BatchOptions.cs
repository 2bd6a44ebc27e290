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

    /// <summary>Gets or sets a value indicating whether all events of a batch have the same key, or none.</summary>
    /// <remarks>
    /// In a group that handles the events of a key in their order (<see cref="GroupBuilder.InOrder"/>), the events that wait behind the
    /// first of their key come with it, in that order; and if one is to come again, those behind it come again too. Such a group cannot
    /// have limits. With another <see cref="GroupOptions.ConcurrencyPerKey"/>, a batch has at most so many events.
    /// </remarks>
    /// <value>The default is <see langword="false"/>: events of any keys are handled together.</value>
    public bool ByKey { get; set; }
}
