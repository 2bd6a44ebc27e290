using System.CommandLine;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class RatesCommand
{
    private static readonly TimeSpan DefaultMinutes = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan DefaultHours = TimeSpan.FromHours(24);

    public static Command Create(CommandSet set)
    {
        var group = new Argument<string>("group") { Description = "The group; '$triggers' counts firings." };
        var by = Options.Choice<RateInterval>("--by", "How long the intervals are. Default: minute.");
        var from = Options.Moment("--from", "Begins there. A distance is one into the past. Default: 30m, or 24h with --by hour.");
        var before = Options.Moment("--before", "Ends there. Default: now.");
        return set.Reads(
            new Command("rates", "Shows what was published, processed, failed and died in a group, by minute (24 hours) or hour (8 days).")
            {
                group, by, from, before,
            },
            call =>
            {
                var (interval, now) = (call.Get(by) ?? RateInterval.Minute, call.Bus.Now);
                var begin = call.Get(from)?.Before(now) ?? now - (interval == RateInterval.Hour ? DefaultHours : DefaultMinutes);
                return RunAsync(call, call.Get(group)!, interval, begin, call.Get(before)?.Before(now) ?? now);
            });
    }

    private static async Task<int> RunAsync(BusCall call, string name, RateInterval interval, DateTimeOffset from, DateTimeOffset before)
    {
        var group = (await GroupChoice.FindAsync(call, name)).Name;
        var rates = await call.Bus.Groups.ReadRatesAsync(group, from, before, interval, call.Token);
        if (call.IsJson)
        {
            return call.Json(rates, ToolJson.Default.GroupRates);
        }

        var table = new Table(
            new Column("FROM"), new("PUBLISHED", true), new("PROCESSED", true), new("FAILED", true), new("DEAD", true), new("FIRED", true));
        foreach (var rate in rates.Intervals)
        {
            table.Add(
                Words.Moment(rate.At), Words.Number(rate.Published), Words.Number(rate.Processed), Words.Number(rate.Failed),
                Words.Number(rate.Dead), Words.Number(rate.Fired));
        }

        table.Add(
            "sum", Sum(rates, static rate => rate.Published), Sum(rates, static rate => rate.Processed),
            Sum(rates, static rate => rate.Failed), Sum(rates, static rate => rate.Dead), Sum(rates, static rate => rate.Fired));
        table.WriteTo(call.Screen);
        return ExitCode.Done;
    }

    private static string Sum(GroupRates rates, Func<GroupRate, long> count) => Words.Number(rates.Intervals.Sum(count));
}
