using System.Text;
using EventTriggers.Dashboard.Access;

namespace EventTriggers.Dashboard.Tests;

/// <summary>What must not be seen is taken out, and nothing else changes.</summary>
public sealed class RedactorTests
{
    private const string Text =
        """{"a":{"b":1,"c":[{"b":2},{"b":"x"}]},"b":3,"list":[[{"b":4}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""";

    [Theory]
    [InlineData("b", """{"a":{"b":1,"c":[{"b":2},{"b":"x"}]},"b":"[redacted]","list":[[{"b":4}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""")]
    [InlineData("A.C.B", """{"a":{"b":1,"c":[{"b":"[redacted]"},{"b":"[redacted]"}]},"b":3,"list":[[{"b":4}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""")]
    [InlineData("a.*", """{"a":{"b":"[redacted]","c":"[redacted]"},"b":3,"list":[[{"b":4}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""")]
    [InlineData("**.b", """{"a":{"b":"[redacted]","c":[{"b":"[redacted]"},{"b":"[redacted]"}]},"b":"[redacted]","list":[[{"b":"[redacted]"}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""")]
    [InlineData("a.**.b", """{"a":{"b":"[redacted]","c":[{"b":"[redacted]"},{"b":"[redacted]"}]},"b":3,"list":[[{"b":4}]],"n":12345678901234567890.10,"e":"\u003c\ud83d\ude00"}""")]
    [InlineData("none", Text)]
    public void APath_TakesOutWhatItNames(string path, string expected)
    {
        new Redactor([path], []).TryRedact(Encoding.UTF8.GetBytes(Text), out var redacted).Should().BeTrue();

        Encoding.UTF8.GetString(redacted!).Should().Be(expected);
    }

    [Theory]
    [InlineData("$.card.number", "1", true)]
    [InlineData("card.Number", "1", true)]
    [InlineData("$.card.holder", "1", false)]
    [InlineData("$.orders[12].card.number", "1", false)]
    [InlineData("$.list[12].secret", "1", true)]
    [InlineData("$.list[12].secret.inner", "1", true)]
    [InlineData("$['card.number']", "1", true)]
    [InlineData("$.other", """{"secret":1}""", true)]
    public void AValueOfAnExplanation_IsCovered_IfItIsOrMayBeRedacted(string path, string value, bool expected) =>
        new Redactor(["card.number", "**.secret"], []).Covers(path, value).Should().Be(expected);

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"a":1""")]
    [InlineData("")]
    [InlineData("""{"\ud800":1}""")]
    public void WhatCannotBeParsed_IsNotShown(string payload) =>
        new Redactor(["a"], []).TryRedact(Encoding.UTF8.GetBytes(payload), out _).Should().BeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData(".a")]
    [InlineData("a.**")]
    public void APathThatSaysNothing_IsRefused(string path) =>
        FluentActions.Invoking(() => new Redactor([path], [])).Should().Throw<ArgumentException>().WithMessage($"*'{path}'*");
}
