using System.CommandLine;
using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Commands;

/// <summary>The commands under <c>et triggers</c> that change triggers.</summary>
internal static class TriggerChanges
{
    public static IEnumerable<Command> Create(CommandSet set) =>
    [
        new TriggerChange
        {
            Action = "pause",
            Status = TriggerStatus.Active,
            One = static async (call, id) => Change.OfTrigger(
                await call.Bus.Triggers.PauseAsync(id, call.Token), $"Trigger '{id}' is paused. To end it: et triggers resume {id}"),
            Many = static (call, query, options) => call.Bus.Triggers.PauseAsync(query, options, call.Token),
        }.Create(set, "Pauses a trigger, or all that filters select."),
        new TriggerChange
        {
            Action = "resume",
            Status = TriggerStatus.Paused,
            One = static async (call, id) => Change.OfTrigger(
                await call.Bus.Triggers.ResumeAsync(id, call.Token), $"Trigger '{id}' is active."),
            Many = static (call, query, options) => call.Bus.Triggers.ResumeAsync(query, options, call.Token),
        }.Create(
            set, "Resumes a paused trigger, or all that filters select. One that fires once, and became due meanwhile, fires at once."),
        new TriggerChange
        {
            Action = "cancel",
            Status = null,
            One = static async (call, id) => Change.OfTrigger(await call.Bus.Triggers.CancelAsync(id, call.Token)),
            Many = static (call, query, options) => call.Bus.Triggers.CancelAsync(query, options, call.Token),
        }.Create(set, "Cancels a trigger for good, or all that filters select."),
        Fire(set), Reschedule(set),
    ];

    private static Command Fire(CommandSet set)
    {
        var id = new Argument<string>("id") { Description = "The trigger." };
        return set.Changes(new Command("fire", "Fires a trigger now, even if it is paused.") { id }, async call =>
        {
            var trigger = await FindAsync(call, call.Get(id)!);
            await call.ConfirmAsync($"Fire trigger '{trigger.Id}' now? It publishes {trigger.EventType}.");
            var outcome = await call.Bus.Triggers.FireNowAsync(trigger.Id, call.Token);
            return await call.ReportAsync(Change.OfTrigger(outcome, $"Trigger '{trigger.Id}' has fired."), "fire trigger", trigger.Id);
        });
    }

    private static Command Reschedule(CommandSet set)
    {
        var id = new Argument<string>("id") { Description = "The trigger." };
        var at = Options.Moment("--at", "When it is due next.");
        at.Required = true;
        return set.Changes(new Command("reschedule", "Moves the next due time of a trigger.") { id, at }, async call =>
        {
            var (trigger, due) = (await FindAsync(call, call.Get(id)!), call.Get(at)!.After(call.Bus.Now));
            await call.ConfirmAsync(
                $"Move trigger '{trigger.Id}' from {(trigger.DueAt is { } old ? Words.Moment(old) : "no due time")} to "
                + $"{Words.Moment(due, call.Bus.Now)}?");
            var outcome = await call.Bus.Triggers.RescheduleAsync(trigger.Id, due, call.Token);
            return await call.ReportAsync(
                Change.OfTrigger(outcome, $"Trigger '{trigger.Id}' is due at {Words.Moment(due, call.Bus.Now)}."),
                "reschedule trigger", trigger.Id, $"to {Words.Moment(due)}");
        });
    }

    private static async Task<TriggerRecord> FindAsync(BusCall call, string id) =>
        await call.Bus.Triggers.FindAsync(id, call.Token) ?? throw TriggerCommand.NotFound(id);
}
