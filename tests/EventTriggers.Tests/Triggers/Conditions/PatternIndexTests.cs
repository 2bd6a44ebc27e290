using System.Text;
using CsCheck;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>Many patterns at once find what each finds alone, whatever was added and removed before.</summary>
public sealed class PatternIndexTests
{
    private static readonly Gen<string> Name = OneOf("a", "b", "c", "é");

    private static readonly Gen<string> Text = OneOf("x", "y", "ab")
        .Array[0, 4].Select(static parts => string.Concat(parts));

    private static readonly Gen<string> Quoted = Gen.OneOf(
        Text.Select(static text => $"\"{text}\""), OneOf("\"X\"", "\"\\u0078y\"", "\"10.0.0.7\"", "\"10.0.1.7\"", "\"2001:db8::7\""));

    private static readonly Gen<string> Number = Gen.Select(
        Gen.Int[-3, 3], OneOf("", ".0", ".5", "e0", "e1", "E-1"), static (whole, rest) => FormattableString.Invariant($"{whole}{rest}"));

    private static readonly Gen<string> Scalar = Gen.Frequency((5, Quoted), (4, Number), (3, OneOf("true", "false", "null")));

    private static readonly Gen<string> Wildcard = OneOf("x", "y", "ab", @"\\*").Array[1, 4].Select(static parts => string.Join('*', parts))
        .Select(OneOf("", "*"), OneOf("", "*"), static (middle, before, after) => $"\"{before}{middle}{after}\"");

    private static readonly Gen<string> Numeric = Gen.OneOf(
        Number.Select(static n => $"[\"=\",{n}]"),
        Gen.Select(OneOf("<", "<=", ">", ">="), Number, static (op, n) => $"[\"{op}\",{n}]"),
        Gen.Select(
            OneOf(">", ">="), Gen.Int[-4, 0], OneOf("<", "<="), Gen.Int[1, 4], static (low, l, high, h) => FormattableString.Invariant(
                $"[\"{low}\",{l},\"{high}\",{h}]")));

    private static readonly Gen<string> SomeText = Quoted.Where(static text => text.Length > 2);

    private static readonly Gen<string> AnythingBut = Gen.OneOf(
        Quoted, Number, List(Quoted), List(Number),
        Gen.Select(
            OneOf(
                "prefix", "suffix", "equals-ignore-case"), Gen.OneOf(SomeText, List(SomeText)),
                    static (name, value) => $"{{\"{name}\":{value}}}"),
        Gen.OneOf(Wildcard, List(Wildcard)).Select(static value => $"{{\"wildcard\":{value}}}"));

    private static readonly Gen<string> Test = Gen.Frequency(
        (6, Scalar),
        (2, Gen.Select(OneOf("prefix", "suffix", "equals-ignore-case"), Quoted, static (name, text) => $"{{\"{name}\":{text}}}")),
        (1, Gen.Select(OneOf("prefix", "suffix"), Quoted, static (name, text) => $"{{\"{name}\":{{\"equals-ignore-case\":{text}}}}}")),
        (2, Wildcard.Select(static text => $"{{\"wildcard\":{text}}}")),
        (2, Numeric.Select(static range => $"{{\"numeric\":{range}}}")),
        (2, AnythingBut.Select(static value => $"{{\"anything-but\":{value}}}")),
        (2, OneOf("true", "false").Select(static value => $"{{\"exists\":{value}}}")),
        (1, OneOf("10.0.0.0/24", "10.0.0.0/15", "2001:db8::/32", "0.0.0.0/0").Select(static network => $"{{\"cidr\":\"{network}\"}}")));

    private static readonly Gen<string> Network = Gen.Select(
        OneOf(
            "10.0.0.0", "10.0.1.0", "10.0.0.7", "2001:db8::", "2001:db8::7", "0.0.0.0"), Gen.Int[1, 32],
                static (address, bits) => $"\"{address}/{bits}\"");

    private static readonly Gen<string> LongList = Gen.OneOf(
        Many("numeric", Numeric), Many("prefix", Quoted), Many("suffix", Quoted), Many("equals-ignore-case", Quoted), Many("cidr", Network),
        Many("anything-but", AnythingBut),
        Many("wildcard", Wildcard), Test.Array[8, 30].Select(static all => $"[{string.Join(',', all)}]"));

    internal static readonly Gen<string> Pattern = PatternOf(3);

    internal static readonly Gen<string> Event = ObjectOf(3);

    [Fact]
    public void Match_FindsWhatEachPatternMatchesAlone() => Gen.Select(Pattern.Array[1, 30], Event.Array[1, 5]).Sample(
        (patterns, events) =>
        {
            var index = new PatternIndex();
            var entries = patterns.Select(pattern => new Entry(pattern)).ToArray();
            foreach (var entry in entries)
            {
                index.Add(EventPattern.Parse(entry.Pattern), entry);
            }

            foreach (var json in events)
            {
                Found(index, json)
                    .Should()
                    .BeEquivalentTo(
                        entries.Where(entry => Naive.IsMatch(entry.Pattern, json)).Select(static entry => entry.Pattern), $"of {json}");
            }
        }, iter: 1000);

    // Long lists are looked up, and many values together.
    [Fact]
    public void Match_OfLongLists_FindsWhatEachPatternMatchesAlone() =>
        Gen.Select(LongList.Array[1, 5], Event.Array[0, 1], ValueOf(0).Array[0, 30]).Sample(
        (lists, events, values) =>
        {
            var index = new PatternIndex();
            var entries = lists.Select(static list => new Entry($"{{\"a\":{list}}}")).ToArray();
            foreach (var entry in entries)
            {
                index.Add(EventPattern.Parse(entry.Pattern), entry);
            }

            foreach (var json in events.Append($"{{\"a\":[{string.Join(',', values)}]}}"))
            {
                Found(index, json)
                    .Should()
                    .BeEquivalentTo(
                        entries.Where(entry => Naive.IsMatch(entry.Pattern, json)).Select(static entry => entry.Pattern), $"of {json}");
            }
        }, iter: 1000);

    [Fact]
    public void Remove_LeavesTheOthers() => Gen.Select(Pattern.Array[1, 20], Gen.Int[0, 19].Array[0, 30], Event.Array[1, 3]).Sample(
        (patterns, changes, events) =>
        {
            var index = new PatternIndex();
            var entries = new Dictionary<int, Entry>();
            foreach (var change in Enumerable.Range(0, patterns.Length).Concat(changes.Where(change => change < patterns.Length)))
            {
                if (entries.Remove(change, out var there))
                {
                    index.Remove(there);
                }
                else
                {
                    entries[change] = new Entry(patterns[change]);
                    index.Add(EventPattern.Parse(patterns[change]), entries[change]);
                }
            }

            foreach (var json in events)
            {
                Found(index, json).Should().BeEquivalentTo(
                    entries.Values.Where(entry => Naive.IsMatch(entry.Pattern, json)).Select(static entry => entry.Pattern), $"of {json}");
            }
        }, iter: 1000);

    [Fact]
    public void Match_WithoutAPattern_FindsItForEachEvent()
    {
        var index = new PatternIndex();
        var entry = new Entry("everything");
        index.Add(pattern: null, entry);

        var before = Found(index, "3");
        index.Remove(entry);

        before.Should().Equal("everything");
        Found(index, "3").Should().BeEmpty();
    }

    // However many there are, an event is compared with few.
    [Fact]
    public void Match_OfOneAmongMany_LooksAtFew()
    {
        const int Many = 10_000;
        var index = new PatternIndex();
        for (var n = 0; n < Many; n++)
        {
            index.Add(EventPattern.Parse($$"""{"kind":["order"],"number":[{{n}}],"total":[{"numeric":[">",{{n}}]}]}"""), new Entry($"{n}"));
            index.Add(EventPattern.Parse($$"""{"kind":["order"],"path":[{"prefix":"p{{n}}/"}]}"""), new Entry($"p{n}"));
        }

        var json = """{"kind":"order","number":77,"total":78,"path":"p88/x"}""";
        var projection = new Projection();
        Found(index, json).Should().BeEquivalentTo("77", "p88");
        index.FindCandidates(Encoding.UTF8.GetBytes(json), projection);
        projection.Candidates.Count.Should().BeLessThanOrEqualTo(4, "the first of each may be found by a field that many share later");
    }

    private static Gen<string> OneOf(params string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static Gen<string> Many(string name, Gen<string> of) =>
        of.Array[8, 20].Select(all => $"[{string.Join(',', all.Select(one => $"{{\"{name}\":{one}}}"))}]");

    private static Gen<string> List(Gen<string> of) => of.Array[1, 3].Select(static all => $"[{string.Join(',', all)}]");

    private static Gen<string> PatternOf(int depth)
    {
        var field = Gen.Select(Name, List(Test), static (name, tests) => (name, tests));
        var below = depth == 1
            ? field
            : Gen.Frequency((3, field), (2, Gen.Select(Name, PatternOf(depth - 1), static (name, pattern) => (name, pattern))));
        var fields = below.Array[1, 3]
            .Select(static all => all.DistinctBy(static one => one.Item1).Select(static one => $"\"{one.Item1}\":{one.Item2}").ToArray());
        return depth == 1
            ? fields.Select(static all => $"{{{string.Join(',', all)}}}")
            : Gen.Select(
                fields, Gen.Frequency((3, Gen.Const(Array.Empty<string>())), (1, PatternOf(depth - 1).Array[2, 3])), static (all, either) =>
                $"{{{string.Join(',', either.Length == 0 ? all : [.. all, $"\"$or\":[{string.Join(',', either)}]"])}}}");
    }

    // Names may be there twice.
    private static Gen<string> ObjectOf(int depth) =>
        Gen.Select(
            Gen.Frequency(
                (30, Name), (
                    1, OneOf("\\u0061", "\\ud83d", "a\\udc00"))), ValueOf(depth), static (name, value) => $"\"{name}\":{value}").Array[0, 4]
            .Select(static all => $"{{{string.Join(',', all)}}}");

    // What is no Unicode is among them.
    private static Gen<string> ValueOf(int depth) => depth == 0 ? Scalar : Gen.Frequency(
        (1, OneOf("\"x\\ud83d\"", "\"\\udc00\"", "\"\\ud83d\\ude00\"")), (8, Scalar), (4, ObjectOf(depth - 1)), (
            4, ValueOf(depth - 1).Array[0, 3].Select(static all => $"[{string.Join(',', all)}]")));

    private static IEnumerable<string> Found(PatternIndex index, string json)
    {
        var found = new List<PatternEntry>();
        index.Match(Encoding.UTF8.GetBytes(json), found);
        return found.Cast<Entry>().Select(static entry => entry.Pattern);
    }

    private sealed class Entry(string pattern) : PatternEntry
    {
        public string Pattern => pattern;
    }
}
