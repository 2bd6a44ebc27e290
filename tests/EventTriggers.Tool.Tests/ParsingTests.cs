using System.Globalization;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Tests;

public sealed class ParsingTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 7, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("30s", 30)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("00:01:30", 90)]
    [InlineData("0s", 0)]
    public void Length_IsRead(string text, double seconds) => LengthText.Parse(text).Should().Be(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("1.5h")]
    [InlineData("1y")]
    [InlineData("-00:01:00")]
    [InlineData("999999999d999999999d")]
    [InlineData("٣s")]
    public void Length_ThatIsNone_IsRefused(string text) => LengthText.Parse(text).Should().BeNull();

    [Theory]
    [InlineData("2026-11-28", "2026-11-28T00:00:00Z")]
    [InlineData("2026-11-28T09:30", "2026-11-28T09:30:00Z")]
    [InlineData("2026-11-28 09:30:15", "2026-11-28T09:30:15Z")]
    [InlineData("2026-11-28T09:30:15.250Z", "2026-11-28T09:30:15.25Z")]
    [InlineData("2026-11-28T09:30:15+02:00", "2026-11-28T07:30:15Z")]
    [InlineData("90m", "2026-11-27T08:30:00Z")]
    public void Moment_IsRead_InUtcUnlessItSaysOtherwise(string text, string expected) =>
        MomentText.Parse(text)!.After(Now).Should().Be(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture));

    [Fact]
    public void Moment_ThatIsADistance_CanBeInThePast() => MomentText.Parse("90m")!.Before(Now).Should().Be(Now.AddMinutes(-90));

    [Theory]
    [InlineData("tomorrow")]
    [InlineData("11/28/2026")]
    [InlineData("2026-13-01")]
    public void Moment_ThatIsNone_IsRefused(string text) => MomentText.Parse(text).Should().BeNull();
}
