using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Schedules;
using StackExchange.Redis;

namespace EventTriggers.Tests.Triggers;

/// <summary>A due trigger as a script tells of it: times that no date has are taken for the first and the last date.</summary>
public sealed class DueTriggerTests
{
    private const string Beyond = "9223372036854775807";

    private static readonly long Now = new DateTimeOffset(2030, 1, 1, 0, 0, 30, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(null, "60000")]
    [InlineData("* * * * *", null)]
    public void Plan_OfASlotBeyondAllDates_FiresWhatIsDue_AndNothingAfter(string? cron, string? every)
    {
        var due = Now - 30_000;

        var plan = Parse($"{due}", Beyond, cron, every).Plan(Now);

        plan.Should().BeEquivalentTo(new FirePlan([due], Next: null, 0));
    }

    [Theory]
    [InlineData(null, "60000")]
    [InlineData("* * * * *", null)]
    public void Plan_OfAMomentBeforeAllDates_FiresForTheLastOccurrence(string? cron, string? every)
    {
        var plan = Parse("-9223372036854775808", string.Empty, cron, every).Plan(Now);

        plan.Fire.Should().Equal(Now - 30_000);
        plan.Next.Should().Be(Now + 30_000);
    }

    [Theory]
    [InlineData(null, "60000")]
    [InlineData("* * * * *", null)]
    public void Plan_OfAMomentBeyondAllDates_FiresNothing_AndIsOver(string? cron, string? every)
    {
        var plan = Parse(Beyond, string.Empty, cron, every).Plan(Now);

        plan.Next.Should().BeNull();
    }

    private static DueTrigger Parse(string due, string slot, string? cron, string? every)
    {
        (string Name, string? Value)[] fields =
        [
            ("spec", "spec"), ("due", due), ("slot", slot), ("every", every), ("cron", cron), ("start", every is null ? null : "0"),
        ];
        return DueTrigger.From(
            "t", [
                .. fields.Where(static field => !string.IsNullOrEmpty(field.Value))
                    .Select(static field => new HashEntry(field.Name, field.Value)),
            ]);
    }
}
