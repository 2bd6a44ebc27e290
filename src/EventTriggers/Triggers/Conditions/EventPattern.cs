using System.Text;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers;

/// <summary>
/// A condition on the payload of an event, in the language of EventBridge event patterns, see docs/conditions.md: each field that it names has to have one of the values that it lists.
/// </summary>
/// <remarks>It matches as AWS's open-source matcher event-ruler does; docs/conditions.md tells the few differences. It does not change and may be used by several threads at once.</remarks>
/// <example><code>EventPattern.Parse("""{"order":{"country":["DE","AT"],"total":[{"numeric":[">",100]}]}}""").IsMatch(json)</code></example>
public sealed class EventPattern
{
    /// <summary>The most bytes that a pattern may have in UTF-8.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>How many steps it may take to compare one event with a pattern: many thousands of values with a dozen tests each.</summary>
    internal const int MostSteps = 2_000_000;

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

    /// <summary>Gets the ways in which an event may match.</summary>
    internal IReadOnlyList<Conjunction> Conditions { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="json">A JSON object, at most <see cref="MaxBytes"/> long, with at most 1000 combinations of <c>$or</c>, which together ask for at most 10 000 fields and objects.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentException">It is no pattern; the message tells where (as a JSON path), why, and what is allowed.</exception>
    public static EventPattern Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var length = Encoding.UTF8.GetByteCount(json);
        if (length > MaxBytes)
        {
            throw new ArgumentException($"A pattern may have at most {MaxBytes} bytes, but has {length}.", nameof(json));
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
            throw new ArgumentException("A pattern must be Unicode, but half a character (a lone surrogate) is in it.", nameof(json), e);
        }
    }

    /// <summary>Tells whether an event matches.</summary>
    /// <param name="payload">The event's payload. One that is not an object matches no pattern.</param>
    /// <returns>Whether it matches.</returns>
    /// <exception cref="System.Text.Json.JsonException">The payload is not one JSON value and nothing else, or deeper than 64 levels.</exception>
    /// <exception cref="ArgumentException">Comparing the payload with the pattern takes more than 2 000 000 steps: one compares a value with a test.</exception>
    public bool IsMatch(ReadOnlySpan<byte> payload) =>
        Match(payload) ?? throw new ArgumentException($"The payload cannot be matched: {TooManySteps(payload.Length)}.", nameof(payload));

    /// <summary>Tells whether an event matches; <see langword="null"/> where that takes more than <see cref="MostSteps"/>.</summary>
    internal bool? Match(ReadOnlySpan<byte> payload)
    {
        var (matches, spent) = (new List<PatternEntry>(1), new List<PatternEntry>(1));
        _index.Value.Match(payload, matches, spent);
        return spent.Count > 0 ? null : matches.Count > 0;
    }

    /// <summary>Says why it is not known whether an event matches.</summary>
    internal static string TooManySteps(int bytes) => $"comparing the event's {bytes} bytes with the condition takes more than the {MostSteps} steps that it may take; "
        + "a step compares one value with one test. Give the condition fewer alternatives or wildcards, or the event fewer values";

    /// <summary>Gets the pattern's JSON.</summary>
    /// <returns>The JSON that it was read from.</returns>
    public override string ToString() => _json;
}
