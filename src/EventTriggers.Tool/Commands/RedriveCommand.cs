using System.CommandLine;
using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Commands;

internal static class RedriveCommand
{
    public static Command Create(CommandSet set) => new EventChange
    {
        Action = "redrive",
        Things = "dead letters",
        Statuses = [DeliveryStatus.Dead],
        IsByGroup = true,
        One = static async (call, id, group) => Change.Of(await call.Bus.Events.RedriveAsync(id, group, call.Token)),
        Many = static (call, query, options) => call.Bus.Events.RedriveAsync(query, options, call.Token),
    }.Create(set, "Makes dead letters ready again: one event, or all that filters select.");
}
