using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Redis;

/// <summary>The rules for scripts that can be read off their text.</summary>
public sealed partial class ScriptTests
{
    public static TheoryData<string> Names => [.. All().Select(script => script.Name)];

    [Fact]
    public void EveryFile_IsAScriptOfItsOwn() =>
        typeof(Script).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal) && name[0] != '_')
            .Should().BeEquivalentTo(All().Select(script => $"{script.Name}.lua"));

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_NamesEachSlotThatTheBodyReads(string name)
    {
        var (header, body) = Split(name);

        foreach (var kind in new[] { "KEYS", "ARGV" })
        {
            var read = Slot(kind).Matches(body).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))
                .DefaultIfEmpty(0).Max();
            read.Should().BeLessThanOrEqualTo(Documented(header, kind), $"{name} reads {kind}[{read}]");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_BeginsWithTheRootAndSaysWhatIsReturned(string name)
    {
        var (header, _) = Split(name);

        header.Should().MatchRegex(@"KEYS\[1\]\s+root");
        header.Should().Contain("Returns");
    }

    // Security 6.
    [Theory]
    [MemberData(nameof(Names))]
    public void Text_IsConstantAndUsesNothingForbidden(string name)
    {
        var script = All().Single(script => script.Name == name);

        script.Text.Should()
            .NotContainAny("cjson", "cmsgpack", "struct.", "loadstring", "SCAN 0", "'KEYS'", "FLUSH", "table.unpack", "error({");
        script.Sha1.Should().MatchRegex("^[0-9a-f]{40}$");
        typeof(Script).GetConstructors().Should().BeEmpty("texts come from embedded files only");
    }

    // The server would find it when a line runs, which may be the one that a fault leads to.
    [Theory]
    [MemberData(nameof(Names))]
    public void Text_DeclaresWhatItsPartsShare_BeforeItIsUsed(string name)
    {
        var code = Ignored().Replace(All().Single(script => script.Name == name).Text, string.Empty);

        foreach (var shared in SharedNames)
        {
            var used = Regex.Match(code, $@"(?<![\w.]){shared}\b");
            var declared = Regex.Match(code, $@"^local (?:function )?(?:\w+, )*{shared}\b", RegexOptions.Multiline);
            if (used.Success)
            {
                declared.Success.Should().BeTrue($"{name} uses {shared}");
                declared.Index.Should().BeLessThanOrEqualTo(used.Index, $"{name} uses {shared}");
            }
        }
    }

    // A server defines it again at each call, used or not.
    [Theory]
    [MemberData(nameof(Names))]
    public void Text_DefinesNothingThatItDoesNotUse(string name)
    {
        var text = All().Single(script => script.Name == name).Text;

        foreach (var defined in Declaration().Matches(text).Select(static match => match.Groups[1].Value.Split(", ")))
        {
            defined.Sum(one => Regex.Count(text, $@"\b{one}\b")).Should().BeGreaterThan(defined.Length, $"{name} defines {defined[0]}");
        }
    }

    [Fact]
    public void EveryDefinitionOfAPart_IsUsedByAScript()
    {
        var texts = All().Select(static script => script.Text).ToArray();

        SharedNames.Where(shared => !texts.Any(text => Regex.IsMatch(text, $@"\b{shared}\b"))).Should().BeEmpty();
    }

    // What the files whose names begin with _ declare.
    private static IEnumerable<string> SharedNames =>
        typeof(Script).Assembly.GetManifestResourceNames().Where(static name => name[0] == '_')
        .SelectMany(static name => Declaration().Matches(Read(name))).SelectMany(static match => match.Groups[1].Value.Split(", "))
            .Distinct();

    /// <summary>The commands that scripts run.</summary>
    internal static IEnumerable<string> CommandsOf(IEnumerable<Script> scripts) =>
        scripts.SelectMany(script => Call().Matches(script.Text)).Select(match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"(?:redis\.p?call|reach)\('([A-Z]+)'")]
    private static partial Regex Call();

    [GeneratedRegex(@"(KEYS|ARGV)\[(\d+)(?:…(\d*))?\]")]
    private static partial Regex Documentation();

    [GeneratedRegex(@"^local (?:function )?(\w+(?:, \w+)*)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // Comments and strings.
    [GeneratedRegex(@"--\[\[.*?\]\]|--[^\n]*|'[^'\n]*'", RegexOptions.Singleline)]
    private static partial Regex Ignored();

    private static Regex Slot(string kind) => new($@"{kind}\[(\d+)\]", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static int Documented(string header, string kind) => Documentation().Matches(header)
        .Where(match => match.Groups[1].Value == kind)
        .Select(match => match.Groups[3] switch
        {
            { Success: false } => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture),
            { Value: "" } => int.MaxValue,
            var last => int.Parse(last.Value, CultureInfo.InvariantCulture),
        }).DefaultIfEmpty(0).Max();

    internal static IEnumerable<Script> All() => typeof(Script).GetProperties(BindingFlags.Static | BindingFlags.Public)
        .Where(property => property.PropertyType == typeof(Script)).Select(property => (Script)property.GetValue(null)!);

    private static (string Header, string Body) Split(string name)
    {
        var text = Read($"{name}.lua");
        var end = text.IndexOf("]]", StringComparison.Ordinal);
        text.Should().StartWith("--[[", $"{name} begins with its header");
        return (text[..end], text[end..]);
    }

    private static string Read(string file)
    {
        using var reader = new StreamReader(typeof(Script).Assembly.GetManifestResourceStream(file)!);
        return reader.ReadToEnd();
    }
}
