namespace EventTriggers.Events;

/// <summary>The outcome words of the scripts that cancel.</summary>
internal static class CancelOutcomes
{
    public static CancelOutcome Parse(string word) => word switch
    {
        "canceled" => CancelOutcome.Canceled,
        "signaled" => CancelOutcome.Signaled,
        "too-late" => CancelOutcome.TooLate,
        "not-found" => CancelOutcome.NotFound,
        _ => throw new InvalidOperationException($"A cancelling script answered '{word}'."),
    };
}
