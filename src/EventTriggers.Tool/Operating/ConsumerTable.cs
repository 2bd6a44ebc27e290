using System.Globalization;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows consumers.</summary>
internal static class ConsumerTable
{
    /// <param name="call">The call.</param>
    /// <param name="consumers">The consumers.</param>
    /// <param name="only">The only group that is shown; <see langword="null"/> for all.</param>
    public static void Write(BusCall call, IReadOnlyList<ConsumerRecord> consumers, string? only)
    {
        if (consumers.Count == 0)
        {
            call.Screen.Line("No consumer has reported within the last minute.");
            return;
        }

        var table = new Table(
            new Column("MACHINE", Narrowest: 10), new("PROCESS", true), new("VERSION", Narrowest: 6, IsOptional: true),
            new("UP", true), new("SEEN", true), new("CLOCK", true), new("BUSY", Narrowest: 12));
        foreach (var one in consumers.OrderBy(static one => one.Machine, StringComparer.Ordinal).ThenBy(static one => one.ProcessId))
        {
            table.Add(
                one.Machine, one.ProcessId.ToString(CultureInfo.InvariantCulture), one.Version,
                Words.Length(call.Bus.Now - one.StartedAt), Words.Distance(one.SeenAt, call.Bus.Now),
                one.ClockOffset is { } offset ? $"{(offset < TimeSpan.Zero ? "-" : "+")}{Words.Length(offset)}" : "-",
                string.Join(", ", one.Groups.Where(group => only is null || group.Group == only).Select(static group => string.Create(
                    CultureInfo.InvariantCulture, $"{group.Group} {group.Busy}/{group.Concurrency}"))));
        }

        table.WriteTo(call.Screen);
        WriteBatches(call, consumers, only);
    }

    private static void WriteBatches(BusCall call, IReadOnlyList<ConsumerRecord> consumers, string? only)
    {
        var table = new Table(
            new Column("BATCHES OF", Narrowest: 10), new("PROCESS", true), new("EVENTS", Narrowest: 10), new("SIZE", true),
            new("WAIT", true), new("BY KEY"), new("GATHERED", true));
        var all = consumers.SelectMany(static one => one.Groups.SelectMany(group => group.Batches.Select(batches => (one, group, batches))))
            .Where(found => only is null || found.group.Group == only).ToArray();
        foreach (var (one, group, batches) in all)
        {
            table.Add(
                group.Group, one.ProcessId.ToString(CultureInfo.InvariantCulture), string.Join(", ", batches.EventTypes),
                Words.Number(batches.MaxSize), Words.Length(batches.MaxWait), batches.ByKey ? "yes" : "no", Words.Number(batches.Gathered));
        }

        if (all.Length > 0)
        {
            call.Screen.Line();
            table.WriteTo(call.Screen);
        }
    }
}
