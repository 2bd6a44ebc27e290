using System.Diagnostics;
using System.Text;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>What patterns and events within their limits can cost at most; figures are told, and memory is bounded.</summary>
public sealed class PatternBoundTests(ITestOutputHelper output)
{
    private const int LargestPayload = 256 * 1024;
    private const long MostMemory = 64 * 1024 * 1024;

    // The pattern asks for as much as it can, the event has as much of it as it can.
    public static TheoryData<string, string, string, string> Dearest => new()
    {
        { "many names of many elements", Fields("a", 1000, static n => $"\"n{n}\":[1,{{\"exists\":false}}]", 1), "{}", "{\"n0\":1}" },
        { "many alternatives of many elements", $$"""{"$or":[{{Many(1000, static n => $"{{\"a\":{{\"n\":[{n}]}}}}", 16_000)}}]}""", "{\"n\":0}", "{\"n\":1000}" },
        { "many numbers of many values", $$"""{"b":[1],"a":[{{Many(5000, static n => $"{n}", 16_000)}}]}""", "-1", "-1" },
        { "many texts of many values", $$"""{"b":[1],"a":[{{Many(3000, static n => $"\"t{n}\"", 16_000)}}]}""", "\"\"", "\"u\"" },
        { "many ranges of many values", $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"numeric\":[\">\",{n}]}}", 16_000)}}]}""", "-1", "-1" },
        { "many wildcards of many values", $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"wildcard\":\"*a*{n}\"}}", 16_000)}}]}""", "\"aaaa\"", "\"aaaa\"" },
        { "any case of many escaped values", $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"equals-ignore-case\":\"e{n}\"}}", 16_000)}}]}""", "\"\\u0065\"", "\"\\u0065\"" },
        { "many values, twice an element", """{"b":[1],"a":{"n":[2]}}""", "{\"n\":1,\"n\":1}", "{}" },
        { "half characters", """{"b":[1],"a":[{"prefix":"x"}]}""", "\"\\ud83d\"", "\"\"" },
        { "empty objects", """{"b":[1],"a":{"n":[2]}}""", "{}", "{}" },
        { "nested arrays", """{"b":[1],"a":{"n":[2]}}""", "[[[[1]]]]", "[]" },
    };

    [Theory]
    [MemberData(nameof(Dearest))]
    public void Match_OfTheDearestEvents_TakesLittleMemory(string what, string pattern, string element, string last)
    {
        var index = new PatternIndex();
        index.Add(EventPattern.Parse(pattern), new PatternEntry());
        var json = EventOf(element, last);
        Match(index, "{\"b\":1}"u8.ToArray());

        var (before, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        Match(index, json);
        var (allocated, took) = (GC.GetAllocatedBytesForCurrentThread() - before, watch.Elapsed);

        // The time is told, and judged by who reads it: the machine may be busy.
        output.WriteLine($"{what}: {allocated / 1024.0 / 1024:F1} MiB, {took.TotalMilliseconds:F0} ms");
        allocated.Should().BeLessThan(MostMemory);
    }

    // What one event has made large is not kept for the others.
    [Fact]
    public void Match_OfALargeEvent_GivesItsMemoryBack()
    {
        var index = new PatternIndex();
        index.Add(EventPattern.Parse("""{"b":[1],"a":[2]}"""), new PatternEntry());
        var json = EventOf("1", "1");
        Match(index, json);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Match(index, json);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeGreaterThan(LargestPayload);
    }

    // A plain event takes what is kept.
    [Fact]
    public void Match_OfPlainEvents_AllocatesNothingForThem()
    {
        var index = new PatternIndex();
        index.Add(EventPattern.Parse("""{"a":{"b":["x"]},"c":[{"numeric":[">",1]}]}"""), new PatternEntry());
        var (json, matches) = ("""{"a":[{"b":"y"},{"b":"x"}],"c":2,"d":[1,2,3]}"""u8.ToArray(), new List<PatternEntry>(4));
        index.Match(json, matches);
        index.Match(json, matches);

        var before = GC.GetAllocatedBytesForCurrentThread();
        index.Match(json, matches);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(200);
        matches.Should().HaveCount(3);
    }

    // Counted before anything is put together: 13 KB took 9 s and 5 GiB.
    [Theory]
    [InlineData(300, 300, "may ask for at most 10000 fields")]
    [InlineData(900, 40, "may ask for at most 10000 fields")]
    [InlineData(1001, 0, "in at most 1000 ways")]
    public void Parse_OfAlternativesBesideManyFields_IsRefusedBeforeItIsPutTogether(int alternatives, int fields, string problem)
    {
        var pattern = Either(alternatives, string.Concat(Enumerable.Range(0, fields).Select(static n => $",\"f{n}\":[1]")));
        var before = GC.GetAllocatedBytesForCurrentThread();

        FluentActions.Invoking(() => EventPattern.Parse(pattern)).Should().Throw<ArgumentException>().WithMessage($"*{problem}*");

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(8 * 1024 * 1024);
    }

    [Fact]
    public void Parse_OfDeepAlternatives_CountsObjectsToo()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"d\":", 50)) + Either(300, string.Empty) + new string('}', 50);

        FluentActions.Invoking(() => EventPattern.Parse(deep)).Should().Throw<ArgumentException>().WithMessage("*may ask for at most 10000 fields and objects together*");
    }

    // The dearest that is allowed.
    [Fact]
    public void Parse_OfTheLargestThatIsAllowed_TakesMegabytes()
    {
        var pattern = Either(900, string.Concat(Enumerable.Range(0, 10).Select(static n => $",\"f{n}\":[1]")));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var index = new PatternIndex();
        index.Add(EventPattern.Parse(pattern), new PatternEntry());

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{allocated / 1024.0 / 1024:F1} MiB");
        allocated.Should().BeLessThan(16 * 1024 * 1024);
    }

    // What was removed is not read any more, and its names are gone.
    [Fact]
    public void Remove_OfAllPatterns_LeavesNoNames()
    {
        var (index, entries) = (new PatternIndex(), new List<PatternEntry>());
        for (var n = 0; n < 200; n++)
        {
            entries.Add(new PatternEntry());
            index.Add(EventPattern.Parse($$$"""{"a{{{n}}}":{"b{{{n}}}":["x"],"c":[1]},"d":[{{{n}}}],"$or":[{"e{{{n}}}":[1]},{"f":{"g{{{n}}}":[2]}}]}"""), entries[^1]);
        }

        foreach (var entry in entries.Skip(1))
        {
            index.Remove(entry);
        }

        index.Names.Should().BeEquivalentTo("a0", "a0/b0", "a0/c", "d", "e0", "f", "f/g0");
        index.Remove(entries[0]);
        index.Names.Should().BeEmpty();
    }

    private static string Fields(string name, int count, Func<int, string> field, int needed) =>
        $"{{\"b\":[{needed}],\"{name}\":{{{Many(count, field, 16_000)}}}}}";

    private static string Either(int alternatives, string rest) =>
        $"{{\"$or\":[{string.Join(',', Enumerable.Range(0, alternatives).Select(static n => $"{{\"a\":[{n}]}}"))}]{rest}}}";

    private static string Many(int count, Func<int, string> one, int bytes)
    {
        var all = new StringBuilder();
        for (var n = 0; n < count && all.Length + one(n).Length < bytes - 100; n++)
        {
            all.Append(n == 0 ? string.Empty : ",").Append(one(n));
        }

        return all.ToString();
    }

    private static byte[] EventOf(string element, string last)
    {
        var json = new StringBuilder("{\"b\":1,\"a\":[");
        while (json.Length + element.Length + last.Length + 10 < LargestPayload)
        {
            json.Append(element).Append(',');
        }

        return Encoding.UTF8.GetBytes(json.Append(last).Append("]}").ToString());
    }

    private static void Match(PatternIndex index, byte[] json) => index.Match(json, []);
}
