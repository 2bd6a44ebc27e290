using System.Globalization;
using System.Text;
using EventTriggers.Events;

namespace EventTriggers.Tests.Events;

/// <summary>An object that names a member twice would be read differently by a pattern, a key and a handler.</summary>
public sealed class PayloadJsonTests(RedisFixture redis)
{
    public static TheoryData<string> Repeating => new(
        """{"a":1,"a":2}""",
        """{"a":1,"a":1}""",
        """{"a":1,"\u0061":2}""",
        """{"\u0061":1,"a":2}""",
        """{"\u0061":1,"\u0061":2}""",
        """{"a/b":1,"a\/b":2}""",
        """{"a\nb":1,"a\u000Ab":2}""",
        """{"a\"":1,"a\u0022":2}""",
        """{"\\":1,"\u005c":2}""",
        """{"":1,"":2}""",
        """{"é":1,"\u00e9":2}""",
        """{"😀":1,"\ud83d\ude00":2}""",
        """{"😀":1,"\uD83D\uDE00":2}""",
        """{"\ud83d":1,"\uD83D":2}""",
        """{"x\ude00":1,"x\uDE00":2}""",
        """{"x":{"a":1,"a":2}}""",
        """{"x":[{"y":[{"a":1,"b":{"a":1},"a":2}]}]}""",
        """[1,{"a":1},{"a":1,"a":1}]""",
        """{"a":{"a":1},"b":2,"a":3}""",
        """{"a":[{}],"b":{"c":{}},"a":[]}""",
        """{"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"3":0}""");

    public static TheoryData<string> Unique => new(
        "{}", "[]", "1", "null", "\"a\"",
        """{"a":1,"A":2}""",
        """{"a":{"a":{"a":1}},"b":{"a":1}}""",
        """[{"a":1},{"a":1},{"a":{"a":2}}]""",
        """{"a":"a","b":["a","a"]}""",
        """{"a":1,"a\u0000":2," a":3,"a ":4}""",
        """{"\ud83d":1,"\ud83c":2,"\ufffd":3,"\ude00":4}""",
        """{"é":1,"e\u0301":2}""",
        """{"\\u0061":1,"a":2}""");

    [Theory]
    [MemberData(nameof(Repeating))]
    public async Task PublishRaw_OfAnObjectThatNamesAMemberTwice_IsRefused(string json)
    {
        await using var host = TestHost.Create(redis);

        await host.Bus.Awaiting(bus => bus.PublishRawAsync("hook", Encoding.UTF8.GetBytes(json)).AsTask())
            .Should().ThrowAsync<ArgumentException>().WithMessage("The payload must not name a member twice in one object*");

        (await redis.Database.KeyExistsAsync($"{{{host.Prefix}:0}}:lanes")).Should().BeFalse("nothing is written");
    }

    [Theory]
    [MemberData(nameof(Unique))]
    public async Task PublishRaw_OfAnObjectWhoseNamesDiffer_IsAcceptedAsItIs(string json)
    {
        await using var host = TestHost.Create(redis);

        var (id, _) = await host.Bus.PublishRawAsync("hook", Encoding.UTF8.GetBytes(json));

        (await host.Events.FindAsync(id))!.Payload.ToArray().Should().Equal(Encoding.UTF8.GetBytes(json));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(20_000)]
    public void Problem_OfAnObjectOfManyNames_IsItsOneRepetition(int count)
    {
        var names = Enumerable.Range(0, count).Select(static n => $"\"n{n}\":{n}").ToArray();

        PayloadJson.Problem(Encoding.UTF8.GetBytes($"{{{string.Join(',', names)}}}")).Should().BeNull();
        PayloadJson.Problem(Encoding.UTF8.GetBytes($"{{{string.Join(',', names)},\"n{count / 2}\":0}}")).Should()
            .Contain($"'n{count / 2}'");
    }

    [Fact]
    public void Problem_OfADeepPayload_IsFoundAtTheBottom()
    {
        static string Nested(string innermost) => string.Concat(Enumerable.Repeat("{\"a\":", 63)) + innermost + new string('}', 63);

        PayloadJson.Problem(Encoding.UTF8.GetBytes(Nested("""{"a":1,"b":2}"""))).Should().BeNull();
        PayloadJson.Problem(Encoding.UTF8.GetBytes(Nested("""{"a":1,"a":2}"""))).Should().Contain("'a'");
        PayloadJson.Problem(Encoding.UTF8.GetBytes(Nested("""{"a":{}}"""))).Should().Contain("one JSON value");
    }

    // The text of a payload is somebody else's: it must not write lines of its own into a log.
    [Fact]
    public void Problem_QuotesANameOnOneLineAndShort()
    {
        var name = $"a\\r\\n\\u001b[31m{new string('x', 1000)}";

        var problem = PayloadJson.Problem(Encoding.UTF8.GetBytes($"{{\"{name}\":1,\"{name}\":2}}"));

        problem.Should().Contain(@"'a\u000d\u000a\u001b[31mxxx").And.NotContainAny("\r", "\n", "\u001b");
        problem!.Length.Should().BeLessThan(200);
    }

    // Judged by the model that the JSON was written from.
    [Fact]
    public void Problem_OfRandomPayloads_IsWhatTheyWereMadeWith()
    {
        var random = new Random(7);
        var found = 0;
        for (var n = 0; n < 20_000; n++)
        {
            var (json, repeats) = (new StringBuilder(), false);
            Write(random, json, depth: 0, ref repeats);

            (PayloadJson.Problem(Encoding.UTF8.GetBytes(json.ToString())) is not null).Should().Be(repeats, json.ToString());
            found += repeats ? 1 : 0;
        }

        found.Should().BeInRange(2_000, 18_000, "both kinds were tried");
    }

    private static void Write(Random random, StringBuilder json, int depth, ref bool repeats)
    {
        var kind = depth > 4 ? 3 : random.Next(4);
        if (kind == 3)
        {
            json.Append(random.Next(2) == 0 ? "1" : "\"a\"");
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        json.Append(kind == 0 ? '[' : '{');
        for (var count = random.Next(4); count > 0; count--)
        {
            if (kind > 0)
            {
                var name = new string([.. Enumerable.Range(0, random.Next(3)).Select(_ => "ab/é\ud83d\ude00"[random.Next(6)])]);
                repeats |= !names.Add(name);
                json.Append('"').Append(Escaped(random, name)).Append("\":");
            }

            Write(random, json, depth + 1, ref repeats);
            json.Append(count == 1 ? "" : ",");
        }

        json.Append(kind == 0 ? ']' : '}');
    }

    private static string Escaped(Random random, string name)
    {
        var text = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var isPair = char.IsHighSurrogate(name[i]) && i + 1 < name.Length && char.IsLowSurrogate(name[i + 1]);
            if (isPair && random.Next(2) == 0)
            {
                text.Append(name, i++, 2);
            }
            else if (char.IsSurrogate(name[i]) || random.Next(3) == 0)
            {
                text.Append("\\u").Append(((int)name[i]).ToString(random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(name[i] == '/' && random.Next(2) == 0 ? "\\/" : name[i].ToString());
            }
        }

        return text.ToString();
    }
}
