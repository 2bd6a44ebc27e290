using System.Diagnostics;
using System.Globalization;
using EventTriggers.Triggers.Schedules;

namespace EventTriggers.Tests.Triggers;

/// <summary>Which cron expressions and zones are taken, and what is said about the others.</summary>
public sealed class CronTests
{
    private static readonly DateTimeOffset Begin = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Cron_WithANullZone_IsInUtc() =>
        Trigger.Cron("0 9 * * *", null).Preview(1, Begin).Should().Equal(Trigger.Cron("0 9 * * *").Preview(1, Begin));

    [Theory]
    [InlineData("*/5 * * * * *", "2025-01-01T00:00:05")]
    [InlineData("@hourly", "2025-01-01T01:00:00")]
    [InlineData("0 9 L * *", "2025-01-31T09:00:00")]
    [InlineData("0 9 15W 2 *", "2025-02-14T09:00:00")]
    [InlineData("0 9 * * MON#2", "2025-01-13T09:00:00")]
    [InlineData("0 9 * * FRIL", "2025-01-31T09:00:00")]
    public void Cron_KnowsSecondsMacrosAndTheLettersOfCronos(string expression, string next) =>
        Trigger.Cron(expression).Preview(1, Begin).Should().Equal(DateTimeOffset.Parse($"{next}Z", CultureInfo.InvariantCulture));

    [Theory]
    [Trait("Fault", "77")]
    [InlineData("0 0 30 2 *", "*never fires*")]
    [InlineData("61 * * * *", "*61 \\* \\* \\* \\**")]
    [InlineData("* * *", "*five fields*")]
    [InlineData("H 3 * * *", "*Jitter*")]
    [InlineData("0 9 * * *\0x", "*NUL*0 9 \\* \\* \\*\\\\u0000x*")]
    [InlineData("0 9 * * *\n0 10 * * *", "*five fields*")]
    [InlineData("0 9 * * \u001b[31m", "*\\\\u001b*")]
    [InlineData(" ", "*")]
    [InlineData("\n", "*")]
    public void Cron_OfABadExpression_IsRefused(string expression, string why)
    {
        var make = () => Trigger.Cron(expression);

        var message = make.Should().Throw<ArgumentException>()
            .WithMessage(why.Replace("\\*", "*", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)).Which.Message;
        message.Should().NotContainAny("\0", "\u001b", "\n");
    }

    // The parser reads lists and names by recursion: what is too long ends a process.
    [Theory]
    [InlineData("0,", "0 9 * * *")]
    [InlineData(" ", "* * * * *")]
    [InlineData("*", " * * * *")]
    [InlineData("\u001b", "")]
    [InlineData("x", "")]
    public void Cron_OfMoreThanAThousandCharacters_IsRefusedUnread(string piece, string end)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length)) + end;
        Action[] calls =
        [
            () => Trigger.Cron(text), () => Trigger.Cron(text[^1001..]), () => new ScheduleDefinition { Cron = text }.Compile(),
        ];

        foreach (var call in calls)
        {
            var message = call.Should().Throw<ArgumentException>().WithMessage("*at most 1000 characters*").Which.Message;
            message.Length.Should().BeLessThan(300);
            message.Should().NotContain("\u001b");
        }
    }

    [Fact]
    public void Cron_OfAThousandCharacters_IsTaken()
    {
        var list = string.Concat(Enumerable.Repeat("0,", 495)) + "0 9 * * * ";

        list.Length.Should().Be(1000);
        Trigger.Cron(list).Preview(1, Begin).Should().Equal(Begin.AddHours(9));
    }

    [Theory]
    [InlineData("0 9 * * *\n")]
    [InlineData("\r\n0 9 * * *\r\n")]
    [InlineData("\t 0  9 \t* * *  ")]
    [InlineData("0 9 * *\n*")]
    [InlineData("\u00a00 9 * * *\u2003")]
    public void Cron_WithBlanksAndLineEnds_IsTheSameAsWithoutThem(string expression)
    {
        var trigger = Trigger.Cron(expression);

        trigger.Definition.Schedule!.Cron.Should().Be("0 9 * * *");
        trigger.Preview(2, Begin).Should().Equal(Begin.AddHours(9), Begin.AddHours(33));
    }

    // In the night of 2025-10-26 the clocks of Berlin show the hour from two to three twice.
    [Theory]
    [InlineData("30 2 * * *", 1)]
    [InlineData("30 02 1-31 */3 0-6", 1)]
    [InlineData("0,30 2,3 * * *", 2)]
    [InlineData("30 * * * *", 2)]
    [InlineData("30 ? * * *", 2)]
    [InlineData("30 2-2 * * *", 2)]
    [InlineData("30 2/1 * * *", 2)]
    [InlineData("30-30 2 * * *", 2)]
    [InlineData("0 30 2 * * *", 1)]
    [InlineData("0/30 30 2 * * *", 4)]
    [InlineData("@daily", 0)]
    [InlineData("@HOURLY", 2)]
    [InlineData("@every_minute", 120)]
    [InlineData("@every_second", 7200)]
    public void Cron_InTheHourThatComesTwice_GoesOnIfItSaysSo(string expression, int due)
    {
        var schedule = ZoneScene.Of(expression, TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var from = new DateTimeOffset(2025, 10, 26, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

        schedule.Count(from - 1, from + 7_199_999).Should().Be(due);
    }

    // Also ids that mean another zone on each machine, and what is a folder or a file of something else.
    [Theory]
    [Trait("Fault", "78")]
    [InlineData("Mars/Olympus")]
    [InlineData("Europe")]
    [InlineData("localtime")]
    [InlineData("posixrules")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("leapseconds")]
    [InlineData("../zoneinfo/Europe/Berlin")]
    [InlineData("Europe/Ber\nlin")]
    [InlineData("\0")]
    [InlineData("\u001b[31m")]
    public void Cron_InAZoneThatNotEveryMachineKnows_IsRefused(string zone)
    {
        var make = () => Trigger.Cron("@daily", zone);

        make.Should().Throw<ArgumentException>().WithMessage("*IANA*").Which.Message.Should().NotContainAny("\0", "\u001b", "\n");
    }

    [Fact]
    public void Cron_InAZoneOfALongName_IsRefusedInShort()
    {
        var unknown = () => Trigger.Cron("@daily", new string('x', 300_000));
        var stored = () => new ScheduleDefinition { Cron = "@daily", Zone = new string('x', 300_000) }.Compile();

        unknown.Should().Throw<ArgumentException>().Which.Message.Length.Should().BeLessThan(400);
        stored.Should().Throw<TimeZoneNotFoundException>().Which.Message.Length.Should().BeLessThan(400);
    }

    [Fact]
    [Trait("Fault", "78")]
    public void Cron_InAZoneOfOnesOwn_IsRefused()
    {
        var own = () => Trigger.Cron("@daily", TimeZoneInfo.CreateCustomTimeZone("Ours", TimeSpan.FromHours(3), "Ours", "Ours"));

        own.Should().Throw<ArgumentException>().WithMessage("*'Ours'*IANA*");
    }

    [Theory]
    [InlineData("W. Europe Standard Time")]
    [InlineData(" Europe/Berlin\n")]
    [InlineData("europe/berlin")]
    public void Cron_InAZoneByAnotherName_IsTheSameAsInItsIanaZone(string zone)
    {
        var trigger = Trigger.Cron("0 9 * * *", zone);

        trigger.Definition.Schedule!.Zone.Should().Be("Europe/Berlin");
        trigger.Preview(3, Begin).Should().Equal(Trigger.Cron("0 9 * * *", "Europe/Berlin").Preview(3, Begin));
    }

    // Without ICU, as containers often run, no id of Windows can be read: that is not the caller's mistake.
    [Theory]
    [InlineData(
        "W. Europe Standard Time",
        "This machine does not know the time zone 'W. Europe Standard Time'. Give an IANA id such as Europe/Berlin. Windows "
        + "ids*InvariantGlobalization*")]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    public async Task Cron_WithoutIcu_TakesIanaIds_AndSaysWhyNoOthers(string zone, string says)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "EventTriggers.Worker.dll"), "cron", "0 9 * * *", zone])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        using var process = Process.Start(start)!;

        var line = await Wait.ForAsync(process.StandardOutput.ReadLineAsync());
        await Wait.ForAsync(process.WaitForExitAsync());

        line.Should().Match(says);
    }
}
