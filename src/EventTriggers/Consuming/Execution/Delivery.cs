using EventTriggers.Triggers.Matching;

namespace EventTriggers.Consuming.Execution;

/// <summary>One event in one group, as a claim handed it out.</summary>
internal sealed class Delivery
{
    /// <summary>Begins the name of a handler that is not tried again. No handler has a name that begins with it.</summary>
    public const char GivenUpMark = '!';

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

    /// <summary>Gets or sets the key of the event; <see langword="null"/> for none.</summary>
    public string? Key
    {
        get => _details?.Key;
        set => With.Key = value;
    }

    /// <summary>Gets or sets a value indicating whether others may wait for the event to end, because it has their name.</summary>
    public bool HoldsName
    {
        get => _details is { HoldsName: true };
        set => With.HoldsName = value;
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

    /// <summary>Gets or sets the context in which it was published, as its hash says; <see langword="null"/> for none.</summary>
    public string? Trace
    {
        get => _details?.Trace;
        set => With.Trace = value;
    }

    /// <summary>Gets or sets the context of the attempt before, as its hash says; <see langword="null"/> for none.</summary>
    public string? TraceBefore
    {
        get => _details?.TraceBefore;
        set => With.TraceBefore = value;
    }

    /// <summary>
    /// Gets or sets when an event that was published with a delay became ready, in unix ms; 0 for others, and while there is no listener.
    /// </summary>
    public long DueMs
    {
        get => _details?.DueMs ?? 0;
        set => With.DueMs = value;
    }

    /// <summary>
    /// Gets or sets the local timestamp since which it was ready; 0 if that is not known, and while there is no listener.
    /// </summary>
    public long ReadySince
    {
        get => _details?.ReadySince ?? 0;
        set => With.ReadySince = value;
    }

    /// <summary>Gets or sets how often it was put off because a handler asked for that.</summary>
    public int PutOff
    {
        get => _details?.PutOff ?? 0;
        set => With.PutOff = value;
    }

    /// <summary>
    /// Gets or sets which part of its hash cannot be read; <see langword="null"/> for none. A delivery that has one is not handled.
    /// </summary>
    public string? Unreadable
    {
        get => _details?.Unreadable;
        set => With.Unreadable = value;
    }

    /// <summary>
    /// Gets or sets the names of the handlers that succeeded on earlier attempts; and, each after <see cref="GivenUpMark"/>, of those that
    /// failed and are not tried again.
    /// </summary>
    public IReadOnlyList<string> Handled
    {
        get => _details?.Handled ?? [];
        set => With.Handled = value;
    }

    /// <summary>Gets a value indicating whether a handler failed on an earlier attempt and is not tried again.</summary>
    public bool HasGivenUp => _details?.Handled?.Any(static name => name.StartsWith(GivenUpMark)) == true;

    private Details With => _details ??= new Details();

    /// <summary>Tells whether a handler has succeeded, or is not tried again.</summary>
    public bool IsOver(string handler)
    {
        // Not a lambda: it would cost every delivery an object.
        var handled = Handled;
        for (var i = 0; i < handled.Count; i++)
        {
            var name = handled[i];
            if (name == handler || (name.StartsWith(GivenUpMark) && name.AsSpan(1).SequenceEqual(handler)))
            {
                return true;
            }
        }

        return false;
    }

    public static IReadOnlyList<string> ParseHandled(string? stored) => stored is null ? [] : stored.Split('|');

    public static string FormatHandled(IEnumerable<string> handled) => string.Join('|', handled);

    private sealed class Details
    {
        public byte[]? Headers { get; set; }

        public string? CorrelationId { get; set; }

        public string? Key { get; set; }

        public bool HoldsName { get; set; }

        public byte[]? Firing { get; set; }

        public Watermark? Watermark { get; set; }

        public TriggerChain? Chain { get; set; }

        public string? CancelOn { get; set; }

        public byte[]? Sources { get; set; }

        public string? Trace { get; set; }

        public string? TraceBefore { get; set; }

        public long DueMs { get; set; }

        public long ReadySince { get; set; }

        public int PutOff { get; set; }

        public string? Unreadable { get; set; }

        public IReadOnlyList<string>? Handled { get; set; }
    }
}
