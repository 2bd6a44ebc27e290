using EventTriggers.Tool.Documents;

namespace EventTriggers.Tool.Operating;

/// <summary>What became of a change of one thing.</summary>
/// <param name="Outcome">The outcome, as the library names it.</param>
/// <param name="Text">What it means.</param>
/// <param name="ExitCode">The exit code.</param>
internal sealed record Change(string Outcome, string Text, int ExitCode)
{
    public static Change Of(RedriveOutcome outcome) => outcome switch
    {
        RedriveOutcome.Redriven => Done(outcome, "The event is ready again."),
        RedriveOutcome.NotDead => Not(outcome, "Nothing was changed: the event is not a dead letter."),
        _ => Missing(outcome, "Nothing was changed: there is no such event (any more)."),
    };

    public static Change Of(DiscardOutcome outcome) => outcome switch
    {
        DiscardOutcome.Discarded => Done(outcome, "The dead letter is given up."),
        DiscardOutcome.NotDead => Not(outcome, "Nothing was changed: the event is not a dead letter."),
        _ => Missing(outcome, "Nothing was changed: there is no such event (any more)."),
    };

    public static Change OfEvent(CancelOutcome outcome) => outcome switch
    {
        CancelOutcome.Canceled => Done(outcome, "The event is canceled: no handler will run for it."),
        CancelOutcome.Signaled => Done(
            outcome, "A handler is running and was asked to stop. If it completes anyway, the event is processed."),
        CancelOutcome.TooLate => Not(outcome, "Nothing was changed: every group had finished with the event."),
        _ => Missing(outcome, "Nothing was changed: there is no such event (any more)."),
    };

    public static Change OfTrigger(CancelOutcome outcome) => outcome switch
    {
        CancelOutcome.Canceled or CancelOutcome.Signaled => Done(outcome, "The trigger is canceled: it never fires again."),
        CancelOutcome.TooLate => Not(outcome, "Nothing was changed: the trigger had ended."),
        _ => Missing(outcome, "Nothing was changed: there is no such trigger (any more)."),
    };

    /// <param name="outcome">The outcome for a trigger.</param>
    /// <param name="done">What was done.</param>
    public static Change OfTrigger(ChangeOutcome outcome, string done) => outcome switch
    {
        ChangeOutcome.Done => Done(outcome, done),
        ChangeOutcome.Ended => Not(outcome, "Nothing was changed: the trigger has ended."),
        _ => Missing(outcome, "Nothing was changed: there is no such trigger (any more)."),
    };

    public static Change OfGroup(ChangeOutcome outcome, string done) => outcome == ChangeOutcome.NotFound
        ? Missing(outcome, "Nothing was changed: there is no such group.")
        : Done(outcome, done);

    public static Change OfLimit(ChangeOutcome outcome, string done) => outcome == ChangeOutcome.NotFound
        ? Missing(outcome, "Nothing was changed: there is no such limit (any more).")
        : Done(outcome, done);

    /// <param name="outcome">The outcome for a group, or for one of its subscriptions.</param>
    /// <param name="done">What was done.</param>
    public static Change Of(RemoveGroupOutcome outcome, string done) => outcome switch
    {
        RemoveGroupOutcome.Removed => Done(outcome, done),
        RemoveGroupOutcome.HasConsumers => Not(
            outcome,
            "Nothing was changed: consumers handle it (one that was killed counts for up to 150 seconds). Stop them, or say --force."),
        _ => Missing(outcome, "Nothing was changed: it is not there (any more)."),
    };

    public static Change Of(StopOutcome outcome) => outcome switch
    {
        StopOutcome.Stopped => Done(outcome, "The operation is stopped. What it has changed stays changed."),
        StopOutcome.Ended => Not(outcome, "Nothing was changed: the operation had ended."),
        _ => Missing(outcome, "Nothing was changed: there is no such operation (any more)."),
    };

    /// <summary>Answers the command.</summary>
    public int Report(BusCall call, string action, string target)
    {
        if (call.IsJson)
        {
            return call.Json(
                new ChangeDocument { Action = action, Target = target, Outcome = Outcome, Text = Text },
                ToolJson.Default.ChangeDocument, ExitCode);
        }

        if (ExitCode != Tool.ExitCode.Done)
        {
            throw new ToolException(ExitCode, Text);
        }

        call.Screen.Line(Text);
        return ExitCode;
    }

    private static Change Done<T>(T outcome, string text)
        where T : struct, Enum => new(outcome.ToString(), text, Tool.ExitCode.Done);

    private static Change Not<T>(T outcome, string text)
        where T : struct, Enum => new(outcome.ToString(), text, Tool.ExitCode.Failed);

    private static Change Missing<T>(T outcome, string text)
        where T : struct, Enum => new(outcome.ToString(), text, Tool.ExitCode.NotFound);
}
