using System.Buffers;
using System.Runtime.CompilerServices;
using EventTriggers.Diagnostics;

namespace EventTriggers.Events;

/// <summary>Checks texts that become part of a key. The message of a rejection names the given text and the rule.</summary>
internal static class NameRules
{
    /// <summary>The maximum length of an event id that a caller chooses.</summary>
    public const int MaxChosenIdLength = 200;

    // The id of an event with a key and that of its follow-up begin with the key: '{key}/' and 22 characters, or '{key}/+' and those.
    private const int MaxKeyLength = 200;

    // The ids of events that a trigger raises begin with the id of the trigger.
    private const int MaxTriggerIdLength = 150;

    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> IdChars = SearchValues.Create(Letters + "._:/-");
    private static readonly SearchValues<char> AnyIdChars = SearchValues.Create(Letters + "._:/-" + DerivedIds.Marks);
    private static readonly SearchValues<char> TypeChars = SearchValues.Create(Letters + "._:/+-");
    private static readonly SearchValues<char> KeyChars = SearchValues.Create(Letters + "._:-");
    private static readonly SearchValues<char> NameChars = SearchValues.Create(Letters + "._-");

    // Raised and follow-up events have an id derived from another one, so an id may be longer than one that a caller chooses.
    private const int MaxEventIdLength = 240;

    /// <summary>Checks an id that a caller chooses.</summary>
    public static void ThrowIfInvalidChoice(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("event id", id, MaxChosenIdLength, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    /// <summary>Checks an id that a caller looks up, which the library may have derived.</summary>
    public static void ThrowIfInvalidEventId(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("event id", id, MaxEventIdLength, AnyIdChars, "A–Z a–z 0–9 . _ : / - @ = ~ +"), parameter);

    /// <summary>Determines whether a text can be the id of an event.</summary>
    public static bool IsId(string text) => Problem("event id", text, MaxEventIdLength, AnyIdChars, string.Empty) is null;

    /// <summary>Checks the key of an event.</summary>
    public static void ThrowIfInvalidKey(string? key, [CallerArgumentExpression(nameof(key))] string? parameter = null) =>
        ThrowIf(KeyProblem(key), parameter);

    /// <summary>
    /// Gets why a text cannot be the key of an event; <see langword="null"/> if it can. A key has no '/': the part of an id before its
    /// first '/' decides the partition.
    /// </summary>
    public static string? KeyProblem(string? key) => Problem("key of an event", key, MaxKeyLength, KeyChars, "A–Z a–z 0–9 . _ : -");

    /// <summary>Checks the name of unique work. Like a key it can be the part of an id that decides the partition.</summary>
    public static void ThrowIfInvalidName(string? name, [CallerArgumentExpression(nameof(name))] string? parameter = null) =>
        ThrowIf(Problem("name of unique work", name, MaxKeyLength, KeyChars, "A–Z a–z 0–9 . _ : -"), parameter);

    public static void ThrowIfInvalidTriggerId(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("trigger id", id, MaxTriggerIdLength, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    /// <summary>Checks how an id begins; <see langword="null"/> or empty for any.</summary>
    public static void ThrowIfInvalidIdPrefix(string? prefix, string parameter) =>
        ThrowIf(
            string.IsNullOrEmpty(prefix)
                ? null
                : Problem("prefix of an id", prefix, MaxEventIdLength, AnyIdChars, "A–Z a–z 0–9 . _ : / - @ = ~ +"),
            parameter);

    public static void ThrowIfInvalidOperationId(string? id, [CallerArgumentExpression(nameof(id))] string? parameter = null) =>
        ThrowIf(Problem("operation id", id, 100, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    public static void ThrowIfInvalidType(string? type, [CallerArgumentExpression(nameof(type))] string? parameter = null) =>
        ThrowIf(Problem("event type", type, 200, TypeChars, "A–Z a–z 0–9 . _ : / + -"), parameter);

    public static void ThrowIfInvalidTag(string? tag, [CallerArgumentExpression(nameof(tag))] string? parameter = null) =>
        ThrowIf(Problem("tag", tag, 100, IdChars, "A–Z a–z 0–9 . _ : / -"), parameter);

    public static void ThrowIfInvalidGroup(string? group, [CallerArgumentExpression(nameof(group))] string? parameter = null) =>
        ThrowIf(GroupProblem(group), parameter);

    public static string? GroupProblem(string? group) => Problem("group", group, 100, NameChars, "A–Z a–z 0–9 . _ -");

    public static string? LimitProblem(string? limit) => Problem("name of a limit", limit, 100, NameChars, "A–Z a–z 0–9 . _ -");

    /// <summary>
    /// Checks the name of a limit in Redis: that of a shared one; or <c>$group:</c>, or <c>$key:</c>, and a group.
    /// </summary>
    /// <exception cref="ArgumentException">No limit can have this name.</exception>
    public static void ThrowIfInvalidStoredLimit(string name, string parameter)
    {
        const string Own = LimitOptions.OwnName + ":";
        ArgumentNullException.ThrowIfNull(name, parameter);
        ThrowIf(
            name.StartsWith(Own, StringComparison.Ordinal) ? GroupProblem(name[Own.Length..])
            : name.StartsWith(LimitOptions.KeyPrefix, StringComparison.Ordinal) ? GroupProblem(name[LimitOptions.KeyPrefix.Length..])
            : LimitProblem(name),
            parameter);
    }

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
