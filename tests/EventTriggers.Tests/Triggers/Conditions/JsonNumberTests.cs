using System.Text;

namespace EventTriggers.Tests.Triggers.Conditions;

/// <summary>Numbers that are smaller than a decimal tells are not zero.</summary>
public sealed class JsonNumberTests
{
    [Theory]
    [InlineData("1e-30", 1)]
    [InlineData("-1E-30", -1)]
    [InlineData("5e-324", 1)]
    [InlineData("0.00000000000000000000000000000000001", 1)]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    [InlineData("0.000e-9", 0)]
    public void IsMatch_NumberCloseToZero_HasItsSign(string number, int sign)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"x":{{number}}}""");

        EventPattern.Parse("""{"x":[{"numeric":[">",0]}]}""").IsMatch(json).Should().Be(sign > 0);
        EventPattern.Parse("""{"x":[{"numeric":["<",0]}]}""").IsMatch(json).Should().Be(sign < 0);
        EventPattern.Parse("""{"x":[0]}""").IsMatch(json).Should().Be(sign == 0);
        EventPattern.Parse($$"""{"x":[{{number}}]}""").IsMatch(json).Should().BeTrue();
    }
}
