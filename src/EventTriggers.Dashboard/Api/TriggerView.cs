namespace EventTriggers.Dashboard.Api;

/// <summary>A trigger with its history and its next occurrences.</summary>
internal sealed class TriggerView
{
    private const int NextCount = 10;

    public required TriggerRow Trigger { get; init; }

    public required DateTimeOffset AddedAt { get; init; }

    public DateTimeOffset? StartsAt { get; init; }

    public DateTimeOffset? Until { get; init; }

    public int? MaxFirings { get; init; }

    public string? Misfire { get; init; }

    public required bool SkipsWhileRunning { get; init; }

    public required TimeSpan Jitter { get; init; }

    public required IReadOnlyList<DateOnly> ExceptOn { get; init; }

    public CancelOnRecord? CancelOn { get; init; }

    public required PayloadView Payload { get; init; }

    public PayloadView? Template { get; init; }

    public PayloadView? Pattern { get; init; }

    public OverTimeRecord? OverTime { get; init; }

    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public required IReadOnlyList<DateTimeOffset> Next { get; init; }

    /// <summary>Gets why the next occurrences are not known.</summary>
    public string? NextProblem { get; init; }

    public required IReadOnlyList<FiringRecord> History { get; init; }

    public static TriggerView From(TriggerRecord trigger, IReadOnlyList<FiringRecord> history, PayloadViews payloads)
    {
        var (next, problem) = NextOf(trigger);
        return new TriggerView
        {
            Trigger = TriggerRow.From(trigger),
            AddedAt = trigger.AddedAt,
            StartsAt = trigger.StartsAt,
            Until = trigger.Until,
            MaxFirings = trigger.MaxFirings,
            Misfire = trigger.Misfire?.ToString(),
            SkipsWhileRunning = trigger.SkipsWhileRunning,
            Jitter = trigger.Jitter,
            ExceptOn = trigger.ExceptOn,
            CancelOn = payloads.From(trigger.CancelOn),
            Payload = payloads.From(trigger.Payload),
            Template = payloads.From(trigger.Template),
            Pattern = payloads.From(trigger.Pattern),
            OverTime = payloads.From(trigger.OverTime),
            Headers = payloads.From(trigger.Options?.Headers),
            Next = next,
            NextProblem = problem,
            History = history,
        };
    }

    private static (IReadOnlyList<DateTimeOffset> Next, string? Problem) NextOf(TriggerRecord trigger)
    {
        if (trigger.Status is TriggerStatus.Completed or TriggerStatus.Canceled || trigger.Kind == TriggerKind.On)
        {
            return ([], null);
        }

        if (trigger.Kind == TriggerKind.At)
        {
            return (trigger.DueAt is { } due ? [due] : [], null);
        }

        try
        {
            return (trigger.Preview(NextCount), null);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or TimeZoneNotFoundException)
        {
            // What is stored cannot be evaluated here, for example because this machine does not know its time zone.
            return ([], e.Message);
        }
    }
}
