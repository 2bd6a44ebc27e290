using System.Diagnostics;
using System.Text;
using EventTriggers.Triggers.Conditions;

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
        { "many alternatives of many elements", $$"""{"$or":[{{Many(1000, static n => $"{{\"a\":{{\"n\":[{n}]}}}}", 16_000)}}]}""",
            "{\"n\":0}", "{\"n\":1000}" },
        { "many numbers of many values", $$"""{"b":[1],"a":[{{Many(5000, static n => $"{n}", 16_000)}}]}""", "-1", "-1" },
        { "many texts of many values", $$"""{"b":[1],"a":[{{Many(3000, static n => $"\"t{n}\"", 16_000)}}]}""", "\"\"", "\"u\"" },
        { "many ranges of many values", $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"numeric\":[\">\",{n}]}}", 16_000)}}]}""", "-1",
            "-1" },
        { "many wildcards of many values", $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"wildcard\":\"*a*{n}\"}}", 16_000)}}]}""",
            "\"aaaa\"", "\"aaaa\"" },
        { "any case of many escaped values",
            $$"""{"b":[1],"a":[{{Many(1000, static n => $"{{\"equals-ignore-case\":\"e{n}\"}}", 16_000)}}]}""", "\"\\u0065\"",
            "\"\\u0065\"" },
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

    // Long lists are looked up, so the largest event is compared with them. What has to be tried one by one is not, where both are at their
    // limits.
    [Theory]
    [InlineData("""{"numeric":[">",N.5,"<",N.7]}""", true)]
    [InlineData("""{"cidr":"10.0.N.0/24"}""", true)]
    [InlineData("""{"prefix":"aN"}""", true)]
    [InlineData("""{"suffix":"Na"}""", true)]
    [InlineData("""{"equals-ignore-case":"aN"}""", true)]
    [InlineData("\"aN\"", true)]
    [InlineData("""{"wildcard":"*a*N"}""", false)]
    [InlineData("""{"prefix":{"equals-ignore-case":"aN"}}""", false)]
    [InlineData("""{"anything-but":{"wildcard":["*a*","*1*"]}}""", false)]
    public void Match_OfALongListAndALargeEvent_IsSpentOnlyWhereTheListIsTriedOneByOne(string test, bool isLookedUp)
    {
        var pattern = EventPattern.Parse(
            $$"""{"b":[1],"a":[{{Many(250, n => test.Replace("N", $"{n}", StringComparison.Ordinal), 16_000)}}]}""");

        foreach (var element in (string[])["\"aaaa\"", "\"10.99.0.1\""])
        {
            pattern.Match(EventOf(element, element)).HasValue.Should().Be(isLookedUp);
        }
    }

    // Two steps for the event and its only field; a wildcard takes as many as it has parts.
    [Fact]
    public void Match_OfTheMostStepsThatAreAllowed_Matches_AndOfOneValueMoreSaysWhatIsTooMuch()
    {
        var pattern = EventPattern.Parse(
            """{"a":[{"wildcard":"*1*"},{"wildcard":"*2*"},{"wildcard":"*3*"},{"wildcard":"*4*"},{"wildcard":"*5*"},{"wildcard":"*x*"}]}""");
        const int Values = (EventPattern.MaxSteps - 2) / 18;

        pattern.IsMatch(EventOf(Values, "\"x\"")).Should().BeTrue();
        pattern.IsMatch(EventOf(Values, "0")).Should().BeFalse();
        FluentActions.Invoking(() => pattern.IsMatch(EventOf(Values + 1, "\"x\""))).Should().Throw<ArgumentException>()
            .WithMessage(
                "The payload cannot be matched: comparing the event's 111121 bytes with the condition takes more than the allowed 1000000 "
                + "steps; *");
    }

    // The ways of a pattern share what it may take; each pattern has its own.
    [Fact]
    public void Match_OfManyWays_CountsThemTogether_AndEachPatternForItself()
    {
        var (index, json) = (
            new PatternIndex(), Encoding.UTF8.GetBytes($"{{\"d\":[1,2],\"a\":[{string.Join(',', Enumerable.Repeat(0, 50_000))}]}}"));
        PatternEntry both = new(), first = new(), second = new(), other = new();
        index.Add(EventPattern.Parse($$"""{"$or":[{"d":[1],"a":[{{Wildcards(4)}}]},{"d":[2],"a":[{{Wildcards(4)}}]}]}"""), both);
        index.Add(EventPattern.Parse($$"""{"d":[1],"a":[{{Wildcards(4)}}]}"""), first);
        index.Add(EventPattern.Parse($$"""{"d":[2],"a":[{{Wildcards(4)}}]}"""), second);
        index.Add(EventPattern.Parse("""{"d":[2]}"""), other);
        var (matches, spent) = (new List<PatternEntry>(), new List<PatternEntry>());

        index.Match(json, matches, spent);

        matches.Should().Equal(other);
        spent.Should().Equal(both);
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
    [InlineData(300, 300, "may name at most 10000 fields")]
    [InlineData(900, 40, "may name at most 10000 fields")]
    [InlineData(1001, 0, "at most 1000 combinations")]
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

        FluentActions.Invoking(() => EventPattern.Parse(deep)).Should().Throw<ArgumentException>()
            .WithMessage("*may name at most 10000 fields and objects together*");
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
            index.Add(
                EventPattern.Parse(
                    $$$"""{"a{{{n}}}":{"b{{{n}}}":["x"],"c":[1]},"d":[{{{n}}}],"$or":[{"e{{{n}}}":[1]},{"f":{"g{{{n}}}":[2]}}]}"""),
                        entries[^1]);
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

    // Of an array the last value is asked first: so all of them are asked for the one that matches.
    private static byte[] EventOf(int values, string first) =>
        Encoding.UTF8.GetBytes($"{{\"a\":[{first},{string.Join(',', Enumerable.Repeat(0, values - 1))}]}}");

    private static string Wildcards(int count) =>
        string.Join(',', Enumerable.Range(0, count).Select(static n => $"{{\"wildcard\":\"*{n}*\"}}"));

    private static void Match(PatternIndex index, byte[] json) => index.Match(json, []);
}
