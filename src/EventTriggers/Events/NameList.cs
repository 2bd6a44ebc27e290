using System.Diagnostics.CodeAnalysis;

namespace EventTriggers.Events;

/// <summary>
/// The wire names of one payload type as one text: the current one, and the old ones after it, each after a comma, which no name contains.
/// </summary>
internal static class NameList
{
    private const char Separator = ',';

    public static string Join(IEnumerable<string> names) => string.Join(Separator, names);

    public static string[] Split(string names) => names.Split(Separator);

    /// <summary>Gets the current name.</summary>
    [return: NotNullIfNotNull(nameof(names))]
    public static string? First(string? names) => names?.Split(Separator, 2)[0];

    /// <summary>Gets the old names.</summary>
    public static IReadOnlyList<string> Rest(string? names) => names is null ? [] : names.Split(Separator)[1..];
}
