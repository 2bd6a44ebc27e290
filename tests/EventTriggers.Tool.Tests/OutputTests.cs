using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Tests;

/// <summary>Tables, numbers and messages, judged by texts that were written by hand.</summary>
public sealed class OutputTests
{
    [Fact]
    public void Table_AlignsColumns_AndLeavesOutThoseWithoutText() => Written(int.MaxValue).Should().Be(
        """
        ID        COUNT  ERROR
        東京          5  none
        order-17     12  a long error that does not end

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void Table_TooWide_ShortensTheWidestColumnsThatMayBe() => Written(30).Should().Be(
        """
        ID        COUNT  ERROR
        東京          5  none
        order-17     12  a long error…

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void Table_TooWideAllTheSame_LeavesOutWhatIsOptional()
    {
        var table = new Table(
            new Column("ID"), new Column("BY", Narrowest: 4, IsOptional: true), new Column("WHY", IsOptional: true), new Column("N", true));
        table.Add("order-17", "somebody", "because", "1");

        Written(table, 23).Should().Be("ID        BY        N\norder-17  somebody  1\n");
        Written(table, 17).Should().Be("ID        BY    N\norder-17  som…  1\n");
        Written(table, 11).Should().Be("ID        N\norder-17  1\n");
    }

    [Fact]
    public void Table_NarrowerThanItCanBe_KeepsWhatMayNotBeShortened() => Written(10).Should().Be(
        """
        ID        COUNT  ERROR
        東京          5  none
        order-17     12  a lo…

        """.ReplaceLineEndings("\n"));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(350, "350ms")]
    [InlineData(40_000, "40s")]
    [InlineData(599_900, "10m")]
    [InlineData(725_000, "12m 5s")]
    [InlineData(7_200_000, "2h")]
    [InlineData(273_600_000, "3d 4h")]
    public void Length_HasItsTwoLargestUnits(int ms, string expected) => Words.Length(TimeSpan.FromMilliseconds(ms)).Should().Be(expected);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.01, "<0.1")]
    [InlineData(3.14159, "3.1")]
    [InlineData(12345.6, "12,346")]
    public void Rate_IsNeverZero_UnlessItIs(double rate, string expected) => Words.Rate(rate).Should().Be(expected);

    [Fact]
    public void NamesOfEnumerations_AreThoseOfOptions() => Words.Of(OverTimeKind.NotFollowedBy).Should().Be("not-followed-by");

    [Theory]
    [InlineData("a password=hunter2,ssl=true b", "a password=***,ssl=true b")]
    [InlineData("Password = hunter2", "Password = ***")]
    [InlineData("it said s3cr3t!", "it said ***!")]
    [InlineData("two\nlines\u001b[2J", "two\nlines\\u001b[2J")]
    public void Message_ShowsNoPassword_AndNothingThatATerminalActsOn(string message, string expected) =>
        ErrorText.Of(message, "s3cr3t").ReplaceLineEndings("\n").Should().Be(expected);

    private static string Written(int width)
    {
        var table = new Table(new Column("ID", Narrowest: 8), new Column("COUNT", IsNumber: true), new Column("TAGS"),
            new Column("ERROR", Narrowest: 5));
        table.Add("東京", "5", "", "none");
        table.Add("order-17", "12", "", "a long error that does not end");
        return Written(table, width);
    }

    private static string Written(Table table, int width)
    {
        using var output = new StringWriter { NewLine = "\n" };
        table.WriteTo(new Screen(new Terminal
        {
            In = TextReader.Null,
            Out = output,
            Error = TextWriter.Null,
            CanAsk = false,
            ShowsProgress = false,
            HasColor = false,
            Width = width,
            Variable = static _ => null,
        }));
        return output.ToString();
    }
}
