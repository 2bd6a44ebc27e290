using System.Globalization;

namespace EventTriggers.Tests.Triggers;

/// <summary>
/// When recurring triggers are due around changes of the clocks: no server, and no judge that knows more of a zone than its offsets.
/// </summary>
public sealed class ZoneScheduleTests(ITestOutputHelper output)
{
    // So many expressions are tried at each change of each zone; without it, three at each of some hundred.
    private static readonly int Rounds = int.Parse(
        Environment.GetEnvironmentVariable("EVENTTRIGGERS_ZONE_ROUNDS") ?? "0", CultureInfo.InvariantCulture);

    private static readonly int Seed = int.Parse(
        Environment.GetEnvironmentVariable("EVENTTRIGGERS_ZONE_SEED")
            ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static readonly DateTimeOffset Begin = new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2038, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("Fault", "74")]
    [Trait("Fault", "75")]
    [Trait("Fault", "79")]
    public void Schedule_AroundTheChangesOfAllZones_IsWhatAWallClockSays()
    {
        var random = new Random(Seed);
        var (checkedChanges, occurrences) = (0, 0L);
        foreach (var (zone, change) in Rounds > 0 ? AllChanges() : SomeChanges(random))
        {
            var scene = new ZoneScene(zone, change, random, Seed);
            for (var round = 0; round < Math.Max(3, Rounds); round++)
            {
                occurrences += scene.Check();
            }

            checkedChanges++;
        }

        output.WriteLine($"EVENTTRIGGERS_ZONE_SEED={Seed}: {checkedChanges} changes of the clocks, {occurrences} occurrences");
        occurrences.Should().BeGreaterThan(checkedChanges);
    }

    // A table that zones.py has made.
    [Fact]
    [Trait("Fault", "74")]
    [Trait("Fault", "75")]
    public void Cron_AroundChangesOfEachKind_IsDueWhenPythonSays()
    {
        var lines = File.ReadAllLines(Path.Combine(Checkout.Root, "tests", "EventTriggers.Tests", "Triggers", "zones.txt"));
        lines.Length.Should().BeGreaterThan(200);
        foreach (var line in lines)
        {
            var columns = line.Split('|', StringSplitOptions.TrimEntries);
            var (change, around) = (
                DateTimeOffset.Parse(
                    columns[1], CultureInfo.InvariantCulture), TimeSpan.FromHours(int.Parse(columns[3], CultureInfo.InvariantCulture)));
            var expected = columns[4].Split(' ')
                .Select(minutes => change.AddMinutes(int.Parse(minutes, CultureInfo.InvariantCulture)).ToUnixTimeMilliseconds()).ToArray();
            var schedule = ZoneScene.Of(columns[2], TimeZoneInfo.FindSystemTimeZoneById(columns[0]));

            ZoneScene.Enumerate(schedule, (change - around).ToUnixTimeMilliseconds() - 1, (change + around).ToUnixTimeMilliseconds())
                .Should().Equal(expected, line);
            expected.Select(due => schedule.Last(due)).Should().Equal(expected.Select(static due => (long?)due), line);
            expected.Skip(1).Select(due => schedule.Last(due - 1)).Should()
                .Equal(expected.SkipLast(1).Select(static due => (long?)due), line);
        }
    }

    // Those of right/, which count leap seconds, and their twins of posix/ are refused.
    private static TimeZoneInfo[] Zones =>
        [
            .. TimeZoneInfo.GetSystemTimeZones()
                .Where(
                    static zone => !zone.Id.StartsWith("right/", StringComparison.Ordinal)
                        && !zone.Id.StartsWith("posix/", StringComparison.Ordinal)),
        ];

    private static IEnumerable<(TimeZoneInfo Zone, DateTimeOffset Change)> AllChanges() =>
        Zones.SelectMany(static zone => WallClock.ChangesOf(zone, Begin, End).Select(change => (zone, change)));

    private static IEnumerable<(TimeZoneInfo Zone, DateTimeOffset Change)> SomeChanges(Random random) =>
        from zone in random.GetItems(Zones, 300)
        let changes = WallClock.ChangesOf(zone, Begin, End).ToArray()
        where changes.Length > 0
        select (zone, changes[random.Next(changes.Length)]);
}
