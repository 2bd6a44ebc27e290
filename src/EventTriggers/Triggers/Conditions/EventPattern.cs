using System.Text;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers;

/// <summary>
/// A condition on the payload of an event, written in the language of EventBridge event patterns. Each field that the pattern names must
/// have one of the values that the pattern lists for it.
/// </summary>
/// <remarks>
/// A pattern matches the same events as in event-ruler, the open-source matcher of AWS. docs/conditions.md describes the language and the
/// few differences. A pattern is immutable, and several threads may use it at once.
/// </remarks>
/// <example>
/// <code>EventPattern.Parse("""{"order":{"country":["DE","AT"],"total":[{"numeric":[">",100]}]}}""").IsMatch(json)</code>
/// </example>
public sealed class EventPattern
{
    /// <summary>The maximum size of a pattern, in bytes of UTF-8.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>
    /// The maximum number of steps of comparing one event with a pattern: enough for many thousands of values with a dozen tests each.
    /// </summary>
    internal const int MaxSteps = 1_000_000;

    private readonly string _json;
    private readonly Lazy<PatternIndex> _index;

    private EventPattern(string json, IReadOnlyList<Conjunction> conditions)
    {
        (_json, Conditions) = (json, conditions);
        _index = new(() =>
        {
            var index = new PatternIndex();
            index.Add(this, new PatternEntry());
            return index;
        });
    }

    /// <summary>Gets the alternatives: an event matches if it satisfies one of them.</summary>
    internal IReadOnlyList<Conjunction> Conditions { get; }

    /// <summary>Parses a pattern.</summary>
    /// <param name="json">
    /// A JSON object of at most <see cref="MaxBytes"/> bytes. It may have at most 1000 combinations of <c>$or</c>, which together name at
    /// most 10 000 fields and objects.
    /// </param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentException">
    /// The text is not a valid pattern. The message names the place (as a JSON path), the reason, and what is allowed.
    /// </exception>
    public static EventPattern Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var length = Encoding.UTF8.GetByteCount(json);
        if (length > MaxBytes)
        {
            throw new ArgumentException($"A pattern may have at most {MaxBytes} bytes, but this one has {length}.", nameof(json));
        }

        try
        {
            return new EventPattern(json, PatternParser.Parse(json));
        }
        catch (FormatException e)
        {
            throw new ArgumentException(Failures.MessageOf(e), nameof(json), e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ArgumentException("A pattern must be Unicode, but it contains half a character (a lone surrogate).", nameof(json), e);
        }
    }

    /// <summary>Determines whether an event matches the pattern.</summary>
    /// <param name="payload">The payload of the event. A payload that is not an object matches no pattern.</param>
    /// <returns><see langword="true"/> if the event matches; otherwise <see langword="false"/>.</returns>
    /// <exception cref="System.Text.Json.JsonException">
    /// The payload is not exactly one JSON value, or it is deeper than 64 levels.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// Comparing the payload with the pattern takes more than 1 000 000 steps. A step compares one value with one test.
    /// </exception>
    public bool IsMatch(ReadOnlySpan<byte> payload) =>
        Match(payload)
        ?? throw new ArgumentException($"The payload cannot be matched: {TooManySteps(payload.Length)}.", nameof(payload));

    /// <summary>
    /// Determines whether an event matches the pattern; <see langword="null"/> if that takes more than <see cref="MaxSteps"/> steps.
    /// </summary>
    internal bool? Match(ReadOnlySpan<byte> payload)
    {
        var (matches, spent) = (new List<PatternEntry>(1), new List<PatternEntry>(1));
        _index.Value.Match(payload, matches, spent);
        return spent.Count > 0 ? null : matches.Count > 0;
    }

    /// <summary>Explains why an event could not be compared with a condition.</summary>
    internal static string TooManySteps(int bytes) =>
        $"comparing the event's {bytes} bytes with the condition takes more than the allowed {MaxSteps} steps; "
        + "a step compares one value with one test. Give the condition fewer alternatives or wildcards, or the event fewer values";

    /// <summary>Gets the JSON of the pattern.</summary>
    /// <returns>The JSON from which the pattern was parsed.</returns>
    public override string ToString() => _json;
}
