using System.Text.RegularExpressions;

namespace EventTriggers.Tests;

/// <summary>The rules of the house that can be read off its files.</summary>
public sealed partial class HouseTests
{
    private const int MaxColumns = 140;
    private const int MaxLines = 400;

    private static string Source => Path.Combine(Checkout.Root, "src");

    // A raw literal is data: it stands as it is.
    [Fact]
    public void NoLine_IsLongerThan140Columns() =>
        Files(Source, "*.cs").Concat(Files(Source, "*.lua")).Concat(Files(Path.Combine(Checkout.Root, "tests"), "*.cs"))
            .SelectMany(static file => File.ReadLines(file).Select((line, at) => (Where: $"{Relative(file)}:{at + 1}", Text: line)))
            .Where(static line => line.Text.Length > MaxColumns && !line.Text.Contains("\"\"\"", StringComparison.Ordinal))
            .Select(static line => line.Where)
            .Should().BeEmpty();

    [Fact]
    public void NoFile_IsLongerThan400Lines() =>
        Files(Source, "*.cs").Concat(Files(Path.Combine(Checkout.Root, "tests"), "*.cs"))
            .Select(static file => (File: Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(static file => file.Lines > MaxLines).Select(static file => $"{file.File}: {file.Lines}")
            .Should().BeEmpty();

    // Generic twins, such as EventContext and EventContext<TEvent>, share one.
    [Fact]
    public void EachFile_HasOneType() =>
        Files(Source, "*.cs")
            .Select(static file => (File: Relative(file), Types: TypesOf(file).Distinct().ToArray()))
            .Where(static file => file.Types.Length > 1).Select(static file => $"{file.File}: {string.Join(", ", file.Types)}")
            .Should().BeEmpty();

    [Fact]
    public void EachFile_IsNamedAfterItsType() =>
        Files(Source, "*.cs")
            .Where(static file => TypesOf(file).FirstOrDefault() is { } type && type != Path.GetFileName(file).Split('.')[0])
                .Select(Relative)
            .Should().BeEmpty();

    [Fact]
    public void InternalTypes_LiveInTheNamespaceOfTheirFolder() =>
        Files(Path.Combine(Source, "EventTriggers"), "*.cs")
            .Where(static file => Declaration().IsMatch(File.ReadAllText(file)) && !PublicType().IsMatch(File.ReadAllText(file)))
            .Where(
                static file => NamespaceOf(file) != Path.GetDirectoryName(
                    Path.GetRelativePath(Source, file))!.Replace(Path.DirectorySeparatorChar, '.'))
            .Select(Relative)
            .Should().BeEmpty();

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(static file => !Relative(file).Split('/', '\\').Any(static part => part is "bin" or "obj"));

    private static string Relative(string file) => Path.GetRelativePath(Checkout.Root, file);

    private static IEnumerable<string> TypesOf(string file) =>
        Declaration().Matches(File.ReadAllText(file)).Select(static match => match.Groups["name"].Value);

    private static string NamespaceOf(string file) => Namespace().Match(File.ReadAllText(file)).Groups[1].Value;

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|partial|readonly|ref|unsafe) )+"
        + @"(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?\[\], ]+?) (?<name>\w+)",
        RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex("^public ", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex("^namespace ([^;]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
