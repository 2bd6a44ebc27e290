using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Matching;

/// <summary>Reads and writes JSON pointers, such as <c>/user/id</c>.</summary>
internal static class JsonPointer
{
    private const char Separator = '/';

    /// <summary>Writes the names that lead to a field.</summary>
    public static string FromNames(IEnumerable<string> names) => names.Aggregate(string.Empty, Append);

    /// <summary>Adds a name to a pointer; the empty pointer is the whole payload.</summary>
    public static string Append(string pointer, string name) =>
        $"{pointer}{Separator}{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>Reads the names that lead to a field.</summary>
    /// <exception cref="ArgumentException">The text is not a pointer, or it names no field.</exception>
    public static IReadOnlyList<string> ToNames(string pointer) => pointer.Length > 0 && pointer[0] == Separator
        ? [.. pointer.Split(Separator).Skip(1).Select(Unescape)]
        : throw new ArgumentException($"A field must be a JSON pointer such as /user/id, but is '{Excerpt.Of(pointer)}'.", nameof(pointer));

    /// <summary>Tells whether a text begins as a pointer to a field does.</summary>
    public static bool NamesField(string pointer) => pointer is [Separator, ..];

    private static string Unescape(string name) =>
        name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
