using System.Globalization;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers;

/// <summary>Reads references of templates, such as <c>$.issue.labels[0].name</c>.</summary>
internal static class TemplateReference
{
    /// <returns>The names and elements on the way.</returns>
    /// <exception cref="FormatException">It is not written as it should be.</exception>
    public static IReadOnlyList<object> Parse(string text)
    {
        var steps = new List<object>();
        var path = text.AsSpan(1);
        while (path.Length > 0)
        {
            var isIndex = path[0] == '[';
            var end = isIndex ? path.IndexOf(']') : path[1..].IndexOfAny('.', '[') is var next && next < 0 ? path.Length : next + 1;
            if ((!isIndex && (path[0] != '.' || end == 1)) || end < 1)
            {
                throw new FormatException(
                    $"A reference must be written like $.issue.labels[0].name, but is '{Excerpt.Of(text)}'; a text that begins with a "
                    + "dollar is written with two.");
            }

            steps.Add(isIndex ? Index(path[1..end], text) : path[1..end].ToString());
            path = path[(isIndex ? end + 1 : end)..];
        }

        return steps;
    }

    private static int Index(ReadOnlySpan<char> digits, string text) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        ? index
        : throw new FormatException($"An index must be a number, but is '{Excerpt.Of(digits.ToString())}' in '{Excerpt.Of(text)}'.");
}
