using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Execution;

/// <summary>One event in one group, as a claim handed it out.</summary>
internal sealed class Delivery
{
    public required string Group { get; init; }

    public required string Id { get; init; }

    /// <summary>Gets the number of this claim: what is said with an older one is refused.</summary>
    public required long Fence { get; init; }

    /// <summary>Gets the how manieth handing out this is, from 1; those that were given back unused are not counted.</summary>
    public required int Attempt { get; init; }

    public int Crashes { get; set; }

    public string Type { get; set; } = string.Empty;

    public byte[] Json { get; set; } = [];

    public long PublishedMs { get; set; }

    public byte[] Headers { get; set; } = [];

    public string? CorrelationId { get; set; }

    public byte[] Firing { get; set; } = [];

    /// <summary>Gets its place among the subscriptions of its type: it is matched with those that began before it.</summary>
    public Watermark Watermark { get; set; } = Watermark.Everything;

    /// <summary>Gets which triggers led to it, one after another.</summary>
    public TriggerChain Chain { get; set; } = TriggerChain.None;

    /// <summary>Gets which events cancel it, as <see cref="CancelOnRule"/> reads it.</summary>
    public string? CancelOn { get; set; }

    public byte[] Sources { get; set; } = [];

    /// <summary>Gets what of its hash cannot be read; <see langword="null"/> for nothing. It is not handled then.</summary>
    public string? Unreadable { get; set; }

    /// <summary>Gets the names of the handlers that succeeded on earlier attempts.</summary>
    public IReadOnlyList<string> Handled { get; set; } = [];

    public static IReadOnlyList<string> ReadHandled(string? stored) => stored is null ? [] : stored.Split('|');

    public static string WriteHandled(IEnumerable<string> handled) => string.Join('|', handled);
}
