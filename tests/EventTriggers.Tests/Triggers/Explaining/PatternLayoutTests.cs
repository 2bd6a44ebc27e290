using System.Text;
using System.Text.Json;
using CsCheck;
using EventTriggers.Tests.Triggers.Conditions;
using EventTriggers.Triggers.Explaining;

namespace EventTriggers.Tests.Triggers.Explaining;

/// <summary>A pattern laid out over a payload: lists made by hand, and the other reading of the rules for patterns.</summary>
public sealed class PatternLayoutTests
{
    private const string Order = """
        {"order":{"country":"FR","total":120},"lines":[{"sku":"a","count":1},{"sku":"x","count":1},{"sku":"b","count":9}],"tags":["new",7]}
        """;

    // Path, found, and whether it holds; what is wanted is quoted from the pattern.
    [Theory]
    [InlineData("""{"order":{"total":[{"numeric":[">",100]}]}}""", """$.order.total [{"numeric":[">",100]}] 120 True""")]
    [InlineData("""{"order":{"country":["DE","AT"]}}""", """$.order.country ["DE","AT"] "FR" False""")]
    [InlineData("""{"order":{"note":["x"]}}""", """$.order.note ["x"] - False""")]
    [InlineData("""{"order":{"note":[{"exists":false}]}}""", """$.order.note [{"exists":false}] - True""")]
    [InlineData("""{"order":[{"exists":true}]}""", """$.order [{"exists":true}] {"country":"FR","total":120} False""")]
    [InlineData("""{"tags":[7]}""", """$.tags[1] [7] 7 True""")]
    [InlineData("""{"tags":["old"]}""", """$.tags ["old"] ["new",7] False""")]
    [InlineData("""{"customer":{"name":["x"]}}""", """$.customer.name ["x"] - False""")]
    [InlineData("""{"lines":{"sku":["x"],"count":[1]}}""", """$.lines[1].sku ["x"] "x" True; $.lines[1].count [1] 1 True""")]
    [InlineData(
        """{"lines":{"sku":["b"],"count":[1],"gift":[{"exists":false}]}}""",
        """$.lines[0].sku ["b"] "a" False; $.lines[0].count [1] 1 True; $.lines[0].gift [{"exists":false}] - True""")]
    [InlineData(
        """{"lines":{"sku":["b"],"count":[{"numeric":[">",5]}],"gift":[true]}}""",
        """$.lines[2].sku ["b"] "b" True; $.lines[2].count [{"numeric":[">",5]}] 9 True; $.lines[2].gift [true] - False""")]
    [InlineData(
        """{"$or":[{"order":{"country":["DE"],"total":[1]}},{"tags":["none"]},{"order":{"total":[120]}}]}""",
        "$.order.total [120] 120 True")]
    [InlineData(
        """{"$or":[{"order":{"country":["DE"],"total":[1]}},{"tags":["none"]}]}""", """$.tags ["none"] ["new",7] False""")]
    public void Create_SaysWhatWasWantedAndFound_PathByPath(string pattern, string expected) =>
        string.Join("; ", Lay(pattern, Order.Trim()).Fields.Select(Text)).Should().Be(expected);

    [Theory]
    [InlineData("7")]
    [InlineData("[{\"a\":1}]")]
    public void Create_OfAPayloadThatIsNoObject_SaysSo(string json) =>
        Lay("""{"a":[{"exists":false}]}""", json).Fields.Select(Text).Should().Equal($"$ an object {json} False");

    [Fact]
    public void Create_OfLongValues_QuotesTheirBeginning()
    {
        var (list, text) = (string.Join(',', Enumerable.Range(0, 1000)), new string('é', 1000));

        var field = Lay($$"""{"a":[{{list}}]}""", $$"""{"a":"{{text}}"}""").Fields.Single();

        field.Wanted.Should().HaveLength(201).And.StartWith("[0,1,2").And.EndWith("…");
        field.Found.Should().HaveLength(201).And.StartWith("\"éé").And.EndWith("…");
    }

    [Fact]
    public void Create_CountsTheAlternatives() =>
        Lay("""{"$or":[{"a":[1]},{"b":[1]}],"c":{"$or":[{"a":[1]},{"b":[1]},{"d":[1]}]}}""", "{}").Alternatives.Should().Be(6);

    // An alternative that takes too long is left out, and none is waited for.
    [Fact]
    public void Create_OfMoreStepsThanAreAllowed_Ends()
    {
        var wildcards = string.Join(',', Enumerable.Range(1, 100).Select(static n => $"{{\"wildcard\":\"*{n}*\"}}"));

        Lay($$"""{"a":[{{wildcards}}]}""", $$"""{"a":[{{string.Join(',', Enumerable.Repeat("\"\"", 60_000))}}]}""").Fields.Should().BeEmpty();
    }

    [Fact]
    public void Create_HoldsThroughout_WhereTheRulesSaySo() =>
        Gen.Select(PatternIndexTests.Pattern.Array[1, 20], PatternIndexTests.Event.Array[1, 5]).Sample(
            (patterns, events) =>
            {
                foreach (var (pattern, json) in patterns.SelectMany(_ => events, static (one, other) => (one, other)))
                {
                    var (fields, alternatives) = Lay(pattern, json);
                    fields.All(static field => field.Holds).Should().Be(Naive.IsMatch(pattern, json), "{0} over {1}", pattern, json);
                    alternatives.Should().Be(EventPattern.Parse(pattern).Conditions.Count);
                    foreach (var field in fields.Where(static field => field.Found is not null))
                    {
                        ValueAt(json, field.Path).Should().StartWith(field.Found!.TrimEnd('…'), "of {0} over {1}", field.Path, json);
                    }
                }
            }, iter: 300);

    private static (IReadOnlyList<FieldExplanation> Fields, int Alternatives) Lay(string pattern, string json) =>
        PatternLayout.Create(EventPattern.Parse(pattern), Encoding.UTF8.GetBytes(json));

    private static string Text(FieldExplanation field) => $"{field.Path} {field.Wanted} {field.Found ?? "-"} {field.Holds}";

    // Follows a path by hand; of a name that is there twice, the last.
    private static string? ValueAt(string json, string path)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement;
        foreach (var step in path[1..].Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            value = step.EndsWith(']')
                ? value[int.Parse(step[..^1], System.Globalization.CultureInfo.InvariantCulture)]
                : value.EnumerateObject().Last(property => NameOf(property) == step).Value;
        }

        return value.GetRawText();
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
