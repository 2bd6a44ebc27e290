using System.CommandLine;
using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Commands;

internal static class DiscardCommand
{
    public static Command Create(CommandSet set) => new EventChange
    {
        Action = "discard",
        Things = "dead letters",
        Statuses = [DeliveryStatus.Dead],
        IsByGroup = true,
        One = static async (call, id, group) => Change.Of(await call.Bus.Events.DiscardAsync(id, group, call.Token)),
        Many = static (call, query, options) => call.Bus.Events.DiscardAsync(query, options, call.Token),
    }.Create(set, "Gives up dead letters for good: one event, or all that filters select.");
}
