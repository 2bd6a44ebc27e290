using System.Globalization;
using System.Text.Json.Serialization;
using EventTriggers.Diagnostics;

namespace EventTriggers;

/// <summary>What a recurring trigger does about occurrences that nobody could fire when they were due, because nothing was running.</summary>
[JsonConverter(typeof(MisfireJsonConverter))]
public sealed record Misfire
{
    /// <summary>The most occurrences that <see cref="FireAll"/> may be asked to catch up on.</summary>
    public const int MaxLimit = 1000;

    private const string AllPrefix = "all:";

    private Misfire(string word, int limit = 0) => (Word, Limit) = (word, limit);

    /// <summary>Gets the policy that fires once, for the last of them; the others count as missed. The default.</summary>
    public static Misfire FireOnce { get; } = new("once");

    /// <summary>Gets the policy that waits for the next occurrence. An occurrence that is at most a minute late, and the last one that is due, still fires.</summary>
    public static Misfire Skip { get; } = new("skip");

    /// <summary>Gets the most occurrences that are caught up on; 0 for the other policies.</summary>
    public int Limit { get; }

    internal string Word { get; }

    /// <summary>Fires each of them, oldest first, also those of a pause.</summary>
    /// <param name="limit">1–1000: the newest so many fire, earlier ones count as missed.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not allowed.</exception>
    public static Misfire FireAll(int limit = 100) => limit is >= 1 and <= MaxLimit
        ? new Misfire(string.Create(CultureInfo.InvariantCulture, $"{AllPrefix}{limit}"), limit)
        : throw new ArgumentOutOfRangeException(nameof(limit), limit, $"Must be between 1 and {MaxLimit}, but is {limit}.");

    /// <summary>Gets the policy as a word: <c>once</c>, <c>skip</c>, or <c>all:</c> and the limit. As JSON it is written so, too.</summary>
    /// <returns>The word.</returns>
    public override string ToString() => Word;

    internal static Misfire Parse(string? word) => word switch
    {
        null or "once" => FireOnce,
        "skip" => Skip,
        _ when word.StartsWith(AllPrefix, StringComparison.Ordinal)
            && int.TryParse(word.AsSpan(AllPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit => FireAll(limit),
        _ => throw new InvalidOperationException($"The hash holds the unknown misfire policy '{Excerpt.Of(word)}'."),
    };
}
