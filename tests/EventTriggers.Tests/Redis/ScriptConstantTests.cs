using System.Globalization;
using System.Text.RegularExpressions;
using EventTriggers.Consuming;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Tests.Redis;

/// <summary>Numbers that both languages know and that no call sends.</summary>
public sealed class ScriptConstantTests
{
    public static TheoryData<string, string, long> Constants => new()
    {
        { "_prelude", @"NEVER = '(\d+)'", UnixTime.Never },
        { "_prelude", @"MAX = (\d+)\n", UnixTime.MaxMs },
        { "_payload", @"PIECE, PIECES = (\d+),", PayloadPieces.Size },
        { "_firing", @"'LTRIM', history, 0, (\d+)\)", RedisTriggerStore.Remembered - 1 },
        { "repair", @"':strays', 0, (\d+)\)", RepairRequest.StraysACall - 1 },
        { "_contact", @"BACK = (\d+)\n", (long)LeaseReaper.ReturnTimeout.TotalMilliseconds },
        { "fire_due", @"== 'skip' and now - at > (\d+)\)", FirePlan.ToleranceMs },
    };

    [Theory]
    [MemberData(nameof(Constants))]
    public void AConstant_OfAScript_IsTheOneOfTheLibrary(string file, string pattern, long expected) =>
        NumberIn(file, pattern).Should().Be(expected);

    [Fact]
    public void APayload_IsKeptInAsManyPiecesAsTheLibraryReads() =>
        Regex.Matches(Regex.Match(Read("_payload"), @"PIECES = \d+, \{([^}]+)\}").Groups[1].Value, @"'data(:\d)?'").Should()
            .HaveCount(PayloadPieces.Most);

    // A script passes over what the library would not have written: it must not be stricter.
    [Theory]
    [InlineData("_firing", @"is_name\(text\) return text and #text <= (\d+)")]
    [InlineData("_parked", @"is_type\(name\) return name and #name <= (\d+)")]
    public void TheLongestType_OfAScript_IsTheLongestThatIsAccepted(string file, string pattern)
    {
        var longest = (int)NumberIn(file, pattern);

        FluentActions.Invoking(() => NameRules.ThrowIfInvalidType(new string('x', longest))).Should().NotThrow();
        FluentActions.Invoking(() => NameRules.ThrowIfInvalidType(new string('x', longest + 1))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void TheTags_OfAScript_AreThoseThatAreAccepted()
    {
        var (most, longest) = ((int)NumberIn("_tags", @"#indexes < (\d+)"), (int)NumberIn("_tags", @"#tag <= (\d+)"));
        static Action Tagging(int count, int length) => () =>
            Trigger.After(TimeSpan.FromHours(1))
                .Tagged(
                    [
                        .. Enumerable.Range(0, count)
                            .Select(n => new string('x', length - 2) + n.ToString("00", CultureInfo.InvariantCulture)),
                    ]);

        Tagging(most, longest).Should().NotThrow();
        Tagging(most + 1, longest).Should().Throw<ArgumentException>();
        Tagging(most, longest + 1).Should().Throw<ArgumentException>();
        NumberIn("_tags", @"tags or '', 1, (\d+)\)").Should()
            .Be((most * longest) + most - 1, "the tags stand in one field, with commas between them");
    }

    private static long NumberIn(string file, string pattern) => Regex.Match(Read(file), pattern) is { Success: true } match
        ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
        : throw new InvalidOperationException($"{file}.lua has no {pattern}.");

    private static string Read(string file)
    {
        using var reader = new StreamReader(typeof(Script).Assembly.GetManifestResourceStream($"{file}.lua")!);
        return reader.ReadToEnd();
    }
}
