using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Redis;

/// <summary>How many keys and arguments a call must have, as the header of its script says.</summary>
public sealed class ScriptArityTests
{
    [Theory]
    [InlineData("KEYS 3, ARGV 5", 3, 5, true)]
    [InlineData("KEYS 3, ARGV 5", 4, 5, false)]
    [InlineData("KEYS 3, ARGV 5", 3, 4, false)]
    [InlineData("KEYS 3 + 6n, ARGV 10 + 3n", 15, 16, true)]
    [InlineData("KEYS 3 + 6n, ARGV 10 + 3n", 3, 10, true)]
    [InlineData("KEYS 3 + 6n, ARGV 10 + 3n", 15, 13, false)]
    [InlineData("KEYS 3 + 6n, ARGV 10 + 3n", 14, 16, false)]
    [InlineData("KEYS 3 + 6n, ARGV 10 + 3n", 2, 7, false)]
    [InlineData("KEYS 2 + n, ARGV 4", 7, 4, true)]
    [InlineData("KEYS 2 + *, ARGV 6 + *", 2, 9, true)]
    [InlineData("KEYS 2 + *, ARGV 6 + *", 1, 9, false)]
    public void ThrowUnlessFits_OfACall_ComparesItWithTheHeader(string takes, int keys, int arguments, bool fits)
    {
        var arity = ScriptArity.Parse("some", $"--[[\n  Does something.\n\n  Takes {takes}\n\n  Returns   nothing\n]]");

        var call = () => arity.ThrowUnlessFits(keys, arguments);

        if (fits)
        {
            call.Should().NotThrow();
        }
        else
        {
            call.Should().Throw<InvalidOperationException>()
                .WithMessage($"some.lua was given {keys} keys and {arguments} arguments. Takes {takes}.");
        }
    }

    [Fact]
    public void Parse_OfAHeaderThatDoesNotSay_Throws() =>
        FluentActions.Invoking(static () => ScriptArity.Parse("some", "--[[ Does something. ]]")).Should().Throw<FormatException>()
            .WithMessage("*some.lua*Takes KEYS*");

    [Theory]
    [MemberData(nameof(ScriptTests.Names), MemberType = typeof(ScriptTests))]
    public void EachScript_SaysWhatItTakes(string name) =>
        FluentActions.Invoking(() => ScriptTests.All().Single(script => script.Name == name).ThrowUnlessFits(-1, -1)).Should()
            .Throw<InvalidOperationException>();
}
