using EventTriggers.Diagnostics;

namespace EventTriggers.Tests.Diagnostics;

public sealed class ExcerptTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData(null, "null")]
    [InlineData("", "")]
    [InlineData("two\r\nlines", "two\\u000d\\u000alines")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    [InlineData("a\u202eb\u2028c", "a\\u202eb\\u2028c")]
    [InlineData("caf\u00e9 \U0001F600", "caf\u00e9 \U0001F600")]
    public void Of_Text_EscapesWhatIsNotPrintable(string? text, string expected) => Excerpt.Of(text).Should().Be(expected);

    [Fact]
    public void Of_LoneSurrogate_IsEscaped() => Excerpt.Of("fix " + '\ud83d').Should().Be("fix \\ufffd");

    [Fact]
    public void Of_LongText_IsCutAtAWholeCharacter() =>
        Excerpt.Of(new string('x', 99) + "\U0001F600tail").Should().Be(new string('x', 99) + "…");
}
