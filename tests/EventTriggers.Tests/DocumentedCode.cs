using System.Text.RegularExpressions;

namespace EventTriggers.Tests;

/// <summary>Code that a page of the documentation shows, and how it is compared with code that is compiled.</summary>
internal static partial class DocumentedCode
{
    /// <summary>Reads the blocks of a page that are marked with a language, without the fences.</summary>
    public static string[] BlocksOf(string page, string language = "csharp") =>
        Block().Matches(File.ReadAllText(Path.Combine(Checkout.Root, page)))
            .Where(match => match.Groups["language"].Value == language).Select(static match => match.Groups["code"].Value).ToArray();

    /// <summary>Reads all C# files of a folder, without indentation.</summary>
    public static string CompiledIn(params string[] folder) =>
        string.Concat(
            Directory.EnumerateFiles(Path.Combine([Checkout.Root, .. folder]), "*.cs")
                .Select(static file => Unindented(File.ReadAllText(file))));

    /// <summary>Removes the indentation of each line: a page has less of it than a method.</summary>
    public static string Unindented(string code) => string.Join('\n', code.Split('\n').Select(static line => line.TrimStart()));

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
