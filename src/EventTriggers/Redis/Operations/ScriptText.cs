using System.Text;
using System.Text.RegularExpressions;

namespace EventTriggers.Redis.Operations;

/// <summary>
/// Joins a Lua file with the parts that it shares with others into the text that is sent. A server runs a text from its first line at each
/// call, and a function costs time there even if the call does not use it: so of the parts, only those definitions are sent that something
/// after them mentions. All but the prelude is inside a function. Where a function is defined, Lua copies the reference of each name that
/// the function around it has captured already; a local name of that function costs a search of the list of all captured names. Comments
/// are not sent.
/// </summary>
internal static partial class ScriptText
{
    /// <summary>Joins a file with the prelude and its parts, which are in the order in which they need each other.</summary>
    public static string Join(string prelude, IEnumerable<string> parts, string file)
    {
        var body = string.Join('\n', LinesOf(file));
        var mentioned = new HashSet<string>(StringComparer.Ordinal);
        Mention(body);

        // Lua knows a local name only below its definition: so what is needed is found from the end.
        var inner = Needed(parts.SelectMany(StatementsOf));
        var outer = Needed(StatementsOf(prelude));
        return $"{outer}local function run()\n{inner}{body}\nend\nreturn run()";

        string Needed(IEnumerable<string> statements)
        {
            var kept = new Stack<string>();
            foreach (var statement in statements.Reverse())
            {
                if (NamesOf(statement) is not { Length: > 0 } names || names.Any(mentioned.Contains))
                {
                    kept.Push(statement);
                    Mention(statement);
                }
            }

            return string.Concat(kept);
        }

        void Mention(string statement) => mentioned.UnionWith(Word().Matches(statement).Select(static word => word.Value));
    }

    // A statement begins at the margin and ends before the next one that does.
    private static IEnumerable<string> StatementsOf(string part)
    {
        var statement = new StringBuilder();
        foreach (var line in LinesOf(part))
        {
            if (statement.Length > 0 && char.IsAsciiLetter(line[0]) && line != "end")
            {
                yield return statement.ToString();
                statement.Clear();
            }

            statement.Append(line).Append('\n');
        }

        yield return statement.ToString();
    }

    // The names of a statement that begins with 'local a, b =' or 'local function a('.
    private static string[] NamesOf(string statement)
    {
        const string Local = "local ", Function = "function ";
        if (!statement.StartsWith(Local, StringComparison.Ordinal))
        {
            return [];
        }

        var rest = statement.AsSpan(Local.Length);
        rest = rest.StartsWith(Function, StringComparison.Ordinal) ? rest[Function.Length..] : rest;
        return rest[..rest.IndexOfAny("=(\n")].ToString().Split(',', StringSplitOptions.TrimEntries);
    }

    // The lines with code: a header in a long comment comes first, other comments have lines of their own.
    private static IEnumerable<string> LinesOf(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n').AsEnumerable();
        lines = text.StartsWith("--[[", StringComparison.Ordinal) ? lines.SkipWhile(static line => line != "]]").Skip(1) : lines;
        return lines.Where(static line => line.Length > 0 && !line.AsSpan().TrimStart().StartsWith("--", StringComparison.Ordinal));
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z_0-9]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Word();
}
