using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Examining;

/// <summary>Finds what is stuck: in groups, in triggers, in operations.</summary>
internal static class StuckChecks
{
    private const int MostCounted = 200;

    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    public static async IAsyncEnumerable<Check> ExamineAsync(BusCall call)
    {
        var overview = await Overview.ReadAsync(call.Bus, call.Token);
        var findings = FindingRules.Find(overview, call.Bus.Now);
        foreach (var finding in findings)
        {
            yield return new Check("now", finding.Level, finding.Text, finding.Advice);
        }

        if (findings.Count == 0)
        {
            yield return new Check("groups", Level.Ok, $"{Words.Count(overview.Groups.Count, "group keeps", "groups keep")} up");
        }

        if (overview.Overdue.Triggers.Count == 0)
        {
            yield return new Check("triggers", Level.Ok, "None is overdue");
        }

        foreach (var group in overview.Groups.Where(static view => view.Group.Counts.Leased > 0))
        {
            if (await LeasesAsync(call, group.Group.Name) is { } check)
            {
                yield return check;
            }
        }

        yield return await OperationsAsync(call, overview.Consumers.Count);
    }

    private static async Task<Check?> LeasesAsync(BusCall call, string group)
    {
        var query = new EventQuery { Group = group, Status = DeliveryStatus.Leased, Before = call.Bus.Now - Late };
        var over = await call.Bus.Events.ListAsync(query, cursor: null, MostCounted, call.Token);
        return over.Events.Count == 0
            ? null
            : new Check(
                "leases", Level.Error,
                $"{Words.Count(over.Events.Count, "delivery", "deliveries")} of group {group} belong to consumers that are gone, and no "
                + "consumer takes them over.",
                "Start a host that handles the group.");
    }

    private static async Task<Check> OperationsAsync(BusCall call, int consumers)
    {
        var running = (await call.Bus.Operations.ListAsync(call.Token))
            .Where(static one => one.Status == BulkOperationStatus.Running).ToArray();
        return running.Length > 0 && consumers == 0
            ? new Check(
                "operations", Level.Warning,
                $"{Words.Count(running.Length, "bulk operation waits", "bulk operations wait")} for a consumer.", "et operations")
            : new Check("operations", Level.Ok, $"{Words.Count(running.Length, "bulk operation runs", "bulk operations run")}");
    }
}
