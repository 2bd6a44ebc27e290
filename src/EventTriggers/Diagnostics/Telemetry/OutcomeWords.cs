using EventTriggers.Consuming.Execution;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The values of the attribute <c>eventtriggers.outcome</c>.</summary>
internal static class OutcomeWords
{
    /// <summary>Another consumer may have the delivery, so the outcome counted for nothing.</summary>
    public const string Lost = "lost";

    /// <summary>The delivery became a dead letter.</summary>
    public const string Dead = "dead";

    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.Retry => "retry",
        Outcome.Later => "later",
        Outcome.Dead => Dead,
        Outcome.Release => "release",
        Outcome.Skip => "skip",
        Outcome.Cancel => "cancel",
        Outcome.Abandon => Lost,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "This outcome has no word."),
    };
}
