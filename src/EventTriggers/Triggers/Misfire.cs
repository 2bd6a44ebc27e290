using System.Globalization;
using System.Text.Json.Serialization;
using EventTriggers.Diagnostics;

namespace EventTriggers;

/// <summary>What a recurring trigger does about missed occurrences: those that were due while no process was running.</summary>
[JsonConverter(typeof(MisfireJsonConverter))]
public sealed record Misfire
{
    /// <summary>The highest limit of <see cref="FireAll"/>.</summary>
    public const int MaxLimit = 1000;

    private const string AllPrefix = "all:";

    private Misfire(string word, int limit = 0) => (Word, Limit) = (word, limit);

    /// <summary>
    /// Gets the policy that fires once, for the last missed occurrence; the others are only counted. This is the default.
    /// </summary>
    public static Misfire FireOnce { get; } = new("once");

    /// <summary>
    /// Gets the policy that waits for the next occurrence. The last occurrence that is due still fires if it is at most a minute late.
    /// </summary>
    public static Misfire Skip { get; } = new("skip");

    /// <summary>Gets the highest number of missed occurrences that fire; 0 for the other policies.</summary>
    public int Limit { get; }

    internal string Word { get; }

    /// <summary>Gets the policy that fires every missed occurrence, oldest first, including those missed during a pause.</summary>
    /// <param name="limit">The highest number of occurrences that fire; 1–1000. The newest fire; earlier ones are only counted.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is not allowed.</exception>
    public static Misfire FireAll(int limit = 100) => limit is >= 1 and <= MaxLimit
        ? new Misfire(string.Create(CultureInfo.InvariantCulture, $"{AllPrefix}{limit}"), limit)
        : throw new ArgumentOutOfRangeException(nameof(limit), limit, $"Must be between 1 and {MaxLimit}, but is {limit}.");

    /// <summary>Gets the policy as a word: <c>once</c>, <c>skip</c>, or <c>all:</c> and the limit. JSON has the same word.</summary>
    /// <returns>The word.</returns>
    public override string ToString() => Word;

    internal static Misfire Parse(string? word) => word switch
    {
        null or "once" => FireOnce,
        "skip" => Skip,
        _ when word.StartsWith(AllPrefix, StringComparison.Ordinal)
            && int.TryParse(word.AsSpan(AllPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit is >= 1 and <= MaxLimit =>
                FireAll(limit),
        _ => throw new InvalidOperationException($"The hash holds the unknown misfire policy '{Excerpt.Of(word)}'."),
    };
}
