using System.CommandLine;
using System.Globalization;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

internal static class LimitsCommand
{
    private const string NameHelp =
        "The limit: the name of a shared one, $group:GROUP for the one that a group shares with no other, or $key:GROUP for its limit "
        + "by key.";

    public static Command Create(CommandSet set)
    {
        var group = new Argument<string?>("group")
        {
            Description = "The group that uses them. Default: all limits.", Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("limits", "Shows rate limits: what is used of each, and until when it stands still.") { group };
        command.Add(Set(set));
        command.Add(Reset(set));
        return set.Reads(command, call => ListAsync(call, call.Get(group)));
    }

    private static async Task<int> ListAsync(BusCall call, string? group)
    {
        var list = await call.Bus.Limits.ListAsync(group, call.Token);
        if (call.IsJson)
        {
            return call.Json(list, ToolJson.Default.RateLimitList);
        }

        if (list.Limits.Count == 0)
        {
            call.Screen.Line("No process has asked a limit.");
            return ExitCode.Done;
        }

        var table = new Table(
            new Column("LIMIT", Narrowest: 10), new("RATE"), new("BURST", true), new("USED", true), new("NEXT"), new("SET BY"),
            new("GROUPS", Narrowest: 10));
        foreach (var limit in list.Limits)
        {
            table.Add(
                limit.Name, RateOf(limit.Limit), Words.Number(limit.Limit.Burst ?? 1),
                limit.IsByKey ? "-" : limit.Used.ToString("0.#", CultureInfo.InvariantCulture), NextOf(limit, call.Bus.Now),
                SetterOf(limit, call.Bus.Now),
                string.Join(", ", limit.Groups));
        }

        table.WriteTo(call.Screen);
        return ExitCode.Done;
    }

    private static Command Set(CommandSet set)
    {
        var name = new Argument<string>("limit") { Description = NameHelp };
        var count = Options.Number("--count", 1, 1_000_000, "How many deliveries may begin in the span of --per.");
        count.Required = true;
        var per = Options.Length("--per", "The span of time, at most 30 days. Default: as before.");
        var burst = Options.Number("--burst", 1, 10_000, "How many may begin at once after a pause. Default: a tenth of --count.");
        return set.Changes(
            new Command("set", "Changes a limit for all processes, until it is reset.") { name, count, per, burst },
            call => SetAsync(call, call.Get(name)!, call.Get(count)!.Value, call.Get(per), call.Get(burst)));
    }

    private static async Task<int> SetAsync(BusCall call, string name, int count, TimeSpan? per, int? burst)
    {
        var before = await FindAsync(call, name);
        var limit = new LimitOptions { Count = count, Per = per ?? before.Limit.Per, Burst = burst };
        await call.ConfirmAsync($"Change limit '{name}' from {RateOf(before.Limit)} to {RateOf(limit)}, for all processes?");
        var outcome = await call.Bus.Limits.SetAsync(name, limit, call.Terminal.User, call.Token);
        return await call.ReportAsync(
            Change.OfLimit(outcome, $"Limit '{name}' is {RateOf(limit)}. To end that: et limits reset {name}"), "set limit", name,
            RateOf(limit));
    }

    private static Command Reset(CommandSet set)
    {
        var name = new Argument<string>("limit") { Description = NameHelp };
        return set.Changes(new Command("reset", "Ends what was set for a limit.") { name }, async call =>
        {
            var (limit, id) = (await FindAsync(call, call.Get(name)!), call.Get(name)!);
            var configured = limit.Configured is { } own ? RateOf(own) : "what processes are configured with";
            await call.ConfirmAsync($"Reset limit '{id}' from {RateOf(limit.Limit)} to {configured}, for all processes?");
            var outcome = await call.Bus.Limits.ResetAsync(id, call.Token);
            return await call.ReportAsync(Change.OfLimit(outcome, $"Limit '{id}' is {configured}."), "reset limit", id);
        });
    }

    private static async Task<RateLimitRecord> FindAsync(BusCall call, string name)
    {
        var limits = (await call.Bus.Limits.ListAsync(cancellationToken: call.Token)).Limits;
        return limits.FirstOrDefault(limit => limit.Name == name) ?? throw new ToolException(
            ExitCode.NotFound,
            limits.Count == 0
                ? $"There is no limit '{name}': no process has asked a limit."
                : $"There is no limit '{name}'. There are: {string.Join(", ", limits.Select(static limit => limit.Name))}.");
    }

    private static string RateOf(LimitOptions limit) => $"{Words.Number(limit.Count)} in {Words.Length(limit.Per)}";

    private static string NextOf(RateLimitRecord limit, DateTimeOffset now) => limit switch
    {
        { IsByKey: true } => "by key",
        { StandsStillUntil: { } still } => $"stands still, {Words.Distance(still, now)}",
        { NextAt: { } next } => Words.Distance(next, now),
        _ => "at once",
    };

    private static string SetterOf(RateLimitRecord limit, DateTimeOffset now) =>
        limit.SetAt is { } since ? $"{limit.SetBy ?? "?"}, {Words.Distance(since, now)}" : "-";
}
