using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Tests;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain Köln 東京 😀 \\n", "plain Köln 東京 😀 \\n")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    [InlineData("\u009b31m\u0007\u007f\0", "\\u009b31m\\u0007\\u007f\\u0000")]
    [InlineData("a\u202eb\u2066c\u200fd\u061c", "a\\u202eb\\u2066c\\u200fd\\u061c")]
    [InlineData("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff")]
    [InlineData("line\u2028end\u2029", "line\\u2028end\\u2029")]
    [InlineData("tag \U000E0041", "tag \\udb40\\udc41")]
    public void Escape_LeavesWhatIsShown_AndWritesOutWhatATerminalActsOn(string text, string expected) =>
        SafeText.Escape(text).Should().Be(expected);

    [Fact]
    public void Escape_HalfACharacter_IsWrittenOut() => SafeText.Escape($"a{(char)0xD83D}b").Should().Be("a\\ud83db");

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("東京", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("😀", 2)]
    public void WidthOf_IsThatOfATerminal(string text, int width) => SafeText.WidthOf(text).Should().Be(width);
}
