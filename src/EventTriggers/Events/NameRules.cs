using System.Buffers;
using System.Runtime.CompilerServices;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>What may become part of a key. Everything else is refused where it comes in, with what was given and what is allowed.</summary>
internal static class NameRules
{
    /// <summary>The most characters of an event's id that a caller chooses.</summary>
    public const int LongestChosenId = 200;

    // The ids of what a trigger raises begin with its own.
    private const int LongestTriggerId = 150;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> IdChars = SearchValues.Create(Letters + "._:/-");
    private static readonly SearchValues<char> AnyIdChars = SearchValues.Create(Letters + "._:/-" + DerivedIds.Marks);
    private static readonly SearchValues<char> TypeChars = SearchValues.Create(Letters + "._:/+-");
    private static readonly SearchValues<char> NameChars = SearchValues.Create(Letters + "._-");

    // Raised and follow-up events are named after another id, so what is looked up may be longer than what may be chosen.
    private const int LongestEventId = 240;

    /// <summary>Checks an id that a caller chooses.</summary>
    public static void ThrowIfInvalidChoice(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("event id", id, LongestChosenId, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    /// <summary>Checks an id that is looked up: also one that the library made.</summary>
    public static void ThrowIfInvalidEventId(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("event id", id, LongestEventId, AnyIdChars, "A–Z a–z 0–9 . _ : / - @ = ~ +"), parameter);

    /// <summary>Tells whether a text can be the id of an event.</summary>
    public static bool IsId(string text) => Problem("event id", text, LongestEventId, AnyIdChars, string.Empty) is null;

    public static void ThrowIfInvalidTriggerId(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("trigger id", id, LongestTriggerId, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    public static void ThrowIfInvalidType(string? type, [CallerArgumentExpression(nameof(type))] string? parameter = null) =>
        ThrowIf(Problem("event type", type, 200, TypeChars, "A–Z a–z 0–9 . _ : / + -"), parameter);

    public static void ThrowIfInvalidTag(string? tag, [CallerArgumentExpression(nameof(tag))] string? parameter = null) =>
        ThrowIf(Problem("tag", tag, 100, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    public static void ThrowIfInvalidGroup(string? group, [CallerArgumentExpression(nameof(group))] string? parameter = null) =>
        ThrowIf(GroupProblem(group), parameter);

    public static string? GroupProblem(string? group) => Problem("group", group, 100, NameChars, "A–Z a–z 0–9 . _ -");

    public static string? PrefixProblem(string? prefix) => Problem("prefix", prefix, 100, NameChars, "A–Z a–z 0–9 . _ -");

    private static void ThrowIf(string? problem, string? parameter)
    {
        if (problem is not null)
        {
            throw new ArgumentException(problem, parameter);
        }
    }

    private static string? Problem(string what, string? value, int longest, SearchValues<char> allowed, string shown)
    {
        if (string.IsNullOrEmpty(value))
        {
            return $"The {what} must have 1 to {longest} characters of {shown}, but is {(value is null ? "null" : "empty")}.";
        }

        if (value.Length > longest)
        {
            return $"The {what} must have 1 to {longest} characters, but has {value.Length}: '{Excerpt.Of(value, 40)}'.";
        }

        var at = value.AsSpan().IndexOfAnyExcept(allowed);
        return at < 0 ? null : $"The {what} must consist of {shown}, but '{Excerpt.Of(value)}' has U+{(int)value[at]:X4} at {at}.";
    }
}
