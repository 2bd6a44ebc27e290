namespace EventTriggers;

/// <summary>One event in one group, as a claim handed it out.</summary>
internal sealed class Delivery
{
    public required string Group { get; init; }

    public required EventId Id { get; init; }

    /// <summary>Gets the number of this claim: what is said with an older one is refused.</summary>
    public required long Fence { get; init; }

    /// <summary>Gets the how manieth handing out this is, from 1; those that were given back unused are not counted.</summary>
    public required int Attempt { get; init; }

    public required int Crashes { get; init; }

    /// <summary>Gets how often it was given back because nobody here handles its type.</summary>
    public required int Skips { get; init; }

    public required string Type { get; init; }

    public required byte[] Json { get; init; }

    public required long PublishedMs { get; init; }

    public required byte[] Headers { get; init; }

    public required string? CorrelationId { get; init; }

    public required byte[] Firing { get; init; }

    public required byte[] Sources { get; init; }

    /// <summary>Gets the names of the handlers that succeeded on earlier attempts.</summary>
    public required IReadOnlyList<string> Handled { get; init; }

    public static IReadOnlyList<string> ReadHandled(string? stored) => stored is null ? [] : stored.Split('|');

    public static string WriteHandled(IEnumerable<string> handled) => string.Join('|', handled);
}
