using System.CommandLine;
using EventTriggers.Tool.Operating;

namespace EventTriggers.Tool.Commands;

internal static class CancelCommand
{
    public static Command Create(CommandSet set) => new EventChange
    {
        Action = "cancel",
        Things = "waiting and running deliveries",
        Statuses = [DeliveryStatus.Ready, DeliveryStatus.Delayed, DeliveryStatus.Leased],
        IsByGroup = false,
        One = static async (call, id, _) => Change.OfEvent(await call.Bus.Events.CancelAsync(id, call.Token)),
        Many = static (call, query, options) => call.Bus.Events.CancelAsync(query, options, call.Token),
    }.Create(set, "Cancels an event in every group that has not handled it, or the deliveries of a group that filters select.");
}
