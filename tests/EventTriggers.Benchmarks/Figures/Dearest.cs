using System.Diagnostics;
using System.Text;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>
/// What the worst pairs known of one pattern and one event cost: 16 KiB of pattern, 256 KiB of event, on one core and without a server.
/// Each figure is the time of the processor.
/// </summary>
internal sealed class Dearest : IFigure
{
    private const int PatternBytes = EventPattern.MaxBytes - 100;
    private const int PayloadBytes = 256 * 1024;
    private const int Rounds = 3;

    public string Name => "dearest";

    public Task<IReadOnlyList<Sample>> MeasureAsync(Server server, int events) =>
        Task.FromResult<IReadOnlyList<Sample>>(
            [.. Pairs().Select(pair => new Sample($"{Name}.{pair.Name}", Milliseconds(pair.Pattern, pair.Json), "ms"))]);

    // Pattern and event ask the most of each other: the field "b" lets an event in, and then "a" is compared with all that it has.
    private static IEnumerable<(string Name, string Pattern, byte[] Json)> Pairs()
    {
        var aaaa = Event("\"aaaa\"", "\"aaaa\"");
        yield return ("nothing", """{"b":[1],"a":[2]}""", Event("1", "1"));
        yield return ("numbers", Listed(static n => $"{n + 2}"), Event("1", "1"));
        yield return ("texts", Listed(static n => $"\"t{n}\""), Event("\"\"", "\"\""));
        yield return ("any-case", Listed(static n => $"{{\"equals-ignore-case\":\"e{n}\"}}"), Event("\"\\u0065\"", "\"\""));
        yield return ("ranges", Listed(static n => $"{{\"numeric\":[\">\",{n + 9}]}}"), Event("1", "1"));
        yield return (
            "separate-ranges", Listed(static n => $"{{\"numeric\":[\">\",{n},\"<\",{n}.5]}}"), Counted(static n => $"{n % 300}", 250));
        yield return (
            "ranges-by-index", Ways(
                static n => $"{{\"a\":[{{\"numeric\":[\">\",{n}]}}],\"c\":[{{\"anything-but\":1}}]}}"), Counted(
                    static n => $"{n + 10_000}", 0));
        yield return ("ranges-of-ways", Ways(static n => $"{{\"a\":[{{\"numeric\":[\">\",{n + 9}]}}],\"d\":[{n}]}}"), WithD("1"));
        yield return ("networks", Listed(static n => $"{{\"cidr\":\"10.{n / 250}.{n % 250}.0/24\"}}"), Event("\"::\"", "\"::\""));
        yield return ("prefixes", Listed(static n => $"{{\"prefix\":\"a{n}\"}}"), aaaa);
        yield return ("suffixes", Listed(static n => $"{{\"suffix\":\"{n}a\"}}"), aaaa);
        yield return ("prefixes-any-case", Listed(static n => $"{{\"prefix\":{{\"equals-ignore-case\":\"a{n}\"}}}}"), aaaa);
        yield return ("suffixes-any-case", Listed(static n => $"{{\"suffix\":{{\"equals-ignore-case\":\"{n}a\"}}}}"), aaaa);
        yield return (
            "suffixes-any-case-not-ascii", Listed(
                static n => $"{{\"suffix\":{{\"equals-ignore-case\":\"{n}é\"}}}}"), Event($"\"{new string('é', 60)}\"", "\"\""));
        yield return ("wildcards", Listed(static n => $"{{\"wildcard\":\"*a*{n}\"}}"), aaaa);
        yield return (
            "wildcards-of-one-letter", Listed(static n => $"{{\"wildcard\":\"*{(char)('b' + (n % 20))}*\"}}"), Event("\"a\"", "\"a\""));
        yield return (
            "wildcards-of-one-text", Listed(
                static n => $"{{\"wildcard\":\"*a*b*{n}\"}}"), Event($"\"{new string('a', 260_000)}\"", "\"\""));
        yield return (
            "wildcard-of-many-stars", $$"""{"b":[1],"a":[{"wildcard":"{{string.Concat(Enumerable.Repeat("*a", 8000))}}*b"}]}""", Event(
                $"\"{new string('a', 260_000)}\"", "\"\""));
        yield return (
            "wildcard-that-nearly-matches", $$"""{"b":[1],"a":[{"wildcard":"*{{Repeat("ab", 8000 - 60)}}xb*"}]}""", Event(
                $"\"{Repeat("ab", 130_000)}\"", "\"\""));
        yield return (
            "wildcard-of-many-ways",
            $$"""{"a":[{"wildcard":"*{{Repeat("ab", 3500)}}xb*"}],{{Ways(static n => $"{{\"d\":[{n}]}}", 8000)[1..]}}""",
            WithD($"\"{Repeat("ab", 120_000)}\""));
        yield return (
            "not-wildcards", Listed(
                static n => $"{{\"anything-but\":{{\"wildcard\":[\"*{(char)('b' + (n % 20))}*\",\"*a*\"]}}}}"), Event("\"a\"", "\"a\""));
        yield return (
            "ways-of-elements", Ways(
                static n => $"{{\"a\":{{\"n\":[1],\"m\":[{{\"wildcard\":\"*{n}*\"}}]}}}}"), Event("{\"n\":1,\"m\":\"\"}", "{}"));
        yield return ("ways-of-few-values", Ways(static n => $"{{\"a\":{{\"n\":[1]}},\"d\":[{n}]}}"), WithD("{\"n\":0}"));
        yield return ("ways-of-empty-objects", Ways(static n => $"{{\"a\":{{\"n\":[1]}},\"d\":[{n}]}}"), WithD("{}"));
        yield return ("ways-of-plain-values", Ways(static n => $"{{\"a\":[1],\"d\":[{n}]}}"), WithD("0"));
        yield return (
            "ways-that-every-value-leads-to", Ways(
                static n => $"{{\"a\":[{{\"suffix\":{{\"equals-ignore-case\":\"{n}\"}}}}]}}"), Event("1", "1"));
        yield return (
            "many-names", $"{{\"b\":[1],\"a\":{{{Many(static n => $"\"n{n}\":[1,{{\"exists\":false}}]", PatternBytes)}}}}}",
            Event("{}", "{\"n0\":1}"));
        yield return ("long-number", """{"b":[1],"a":[{"numeric":[">",1]}]}""", Event($"0.{new string('0', 260_000)}", "1"));
        yield return ("escaped-names", """{"b":[1],"a":{"n":[2]}}""", Event("{\"\\u006e\":1}", "{}"));
        yield return ("nested-arrays", """{"b":[1],"a":{"n":[2]}}""", Event(new string('[', 60) + new string(']', 60), "[]"));
    }

    private static double Milliseconds(string pattern, byte[] json)
    {
        var index = new PatternIndex();
        index.Add(EventPattern.Parse(pattern), new PatternEntry());
        using var process = Process.GetCurrentProcess();
        var took = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            process.Refresh();
            var before = process.UserProcessorTime;
            index.Match(json, []);
            process.Refresh();
            took.Add((process.UserProcessorTime - before).TotalMilliseconds);
        }

        // The first is compiled while it runs.
        return took.Skip(1).Order().ElementAt(Rounds / 2);
    }

    private static string Listed(Func<int, string> test) => $$"""{"b":[1],"a":[{{Many(test, PatternBytes)}}]}""";

    private static string Ways(Func<int, string> way, int bytes = PatternBytes) => $"{{\"$or\":[{Many(way, bytes)}]}}";

    private static string Many(Func<int, string> one, int bytes)
    {
        var all = new StringBuilder();
        var length = 0;
        for (var n = 0; n < 1000 && (length += Encoding.UTF8.GetByteCount(one(n)) + 1) < bytes - 100; n++)
        {
            all.Append(n == 0 ? string.Empty : ",").Append(one(n));
        }

        return all.ToString();
    }

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();

    private static byte[] Event(string element, string last) => Counted(_ => element, 0, last);

    private static byte[] Counted(Func<int, string> element, int first, string last = "0") =>
        Fill("{\"b\":1,\"a\":[", element, first, last);

    // All ways are looked at: the event has what each of them is found by.
    private static byte[] WithD(string element) =>
        Fill($"{{\"b\":1,\"d\":[{string.Join(',', Enumerable.Range(0, 1000))}],\"a\":[", _ => element, 0, "0");

    private static byte[] Fill(string begin, Func<int, string> element, int first, string last)
    {
        var json = new StringBuilder(begin);
        for (var n = first; json.Length + element(n).Length + last.Length + 10 < PayloadBytes; n++)
        {
            json.Append(element(n)).Append(',');
        }

        return Encoding.UTF8.GetBytes(json.Append(last).Append("]}").ToString());
    }
}
