using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Execution;

/// <summary>One event in one group, as a claim handed it out.</summary>
internal sealed class Delivery
{
    // Most deliveries have none.
    private Details? _details;

    public required string Group { get; init; }

    public required string Id { get; init; }

    /// <summary>Gets the number of this claim: what is recorded with an older one is refused.</summary>
    public required long Fence { get; init; }

    /// <summary>Gets the attempt number, starting at 1. Deliveries that were given back without being handled are not counted.</summary>
    public required int Attempt { get; init; }

    public int Crashes { get; set; }

    public string Type { get; set; } = string.Empty;

    public byte[] Json { get; set; } = [];

    public long PublishedMs { get; set; }

    public byte[] Headers
    {
        get => _details?.Headers ?? [];
        set => With.Headers = value;
    }

    public string? CorrelationId
    {
        get => _details?.CorrelationId;
        set => With.CorrelationId = value;
    }

    public byte[] Firing
    {
        get => _details?.Firing ?? [];
        set => With.Firing = value;
    }

    /// <summary>Gets or sets its place among the subscriptions of its type: it is matched with those that began before it.</summary>
    public Watermark Watermark
    {
        get => _details?.Watermark ?? Watermark.Everything;
        set => With.Watermark = value;
    }

    /// <summary>Gets or sets which triggers led to it, one after another.</summary>
    public TriggerChain Chain
    {
        get => _details?.Chain ?? TriggerChain.None;
        set => With.Chain = value;
    }

    /// <summary>Gets or sets which events cancel it, as <see cref="CancelOnRule"/> reads it.</summary>
    public string? CancelOn
    {
        get => _details?.CancelOn;
        set => With.CancelOn = value;
    }

    public byte[] Sources
    {
        get => _details?.Sources ?? [];
        set => With.Sources = value;
    }

    /// <summary>
    /// Gets or sets which part of its hash cannot be read; <see langword="null"/> for none. A delivery that has one is not handled.
    /// </summary>
    public string? Unreadable
    {
        get => _details?.Unreadable;
        set => With.Unreadable = value;
    }

    /// <summary>Gets or sets the names of the handlers that succeeded on earlier attempts.</summary>
    public IReadOnlyList<string> Handled
    {
        get => _details?.Handled ?? [];
        set => With.Handled = value;
    }

    private Details With => _details ??= new Details();

    public static IReadOnlyList<string> ParseHandled(string? stored) => stored is null ? [] : stored.Split('|');

    public static string FormatHandled(IEnumerable<string> handled) => string.Join('|', handled);

    private sealed class Details
    {
        public byte[]? Headers { get; set; }

        public string? CorrelationId { get; set; }

        public byte[]? Firing { get; set; }

        public Watermark? Watermark { get; set; }

        public TriggerChain? Chain { get; set; }

        public string? CancelOn { get; set; }

        public byte[]? Sources { get; set; }

        public string? Unreadable { get; set; }

        public IReadOnlyList<string>? Handled { get; set; }
    }
}
