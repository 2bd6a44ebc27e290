using System.Diagnostics;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Counts firings of triggers, and records how late they were.</summary>
internal static class TriggerMetrics
{
    /// <summary>The kinds of triggers, as they are stored.</summary>
    public const string At = "at", Every = "every", Cron = "cron", On = "on";

    // A firing that a caller asks for has no moment, whatever kind the trigger is of.
    private const string Now = "now";

    /// <summary>Gets a value indicating whether firings are counted.</summary>
    public static bool IsWatched => Instruments.TriggerFirings.Enabled || Instruments.TriggerLateness.Enabled;

    /// <summary>Counts firings that have no moment to be late for.</summary>
    public static void Count(string kind, int count)
    {
        if (count > 0 && Instruments.TriggerFirings.Enabled)
        {
            Instruments.TriggerFirings.Add(count, TagsOf(kind));
        }
    }

    /// <summary>Counts a firing.</summary>
    /// <param name="kind">The trigger's kind.</param>
    /// <param name="due">When it was due, in unix ms.</param>
    /// <param name="now">When it fired, in unix ms.</param>
    public static void Count(string kind, long due, long now)
    {
        Count(kind, 1);
        if (Instruments.TriggerLateness.Enabled)
        {
            Instruments.TriggerLateness.Record(TimeSpan.FromMilliseconds(now - due), TagsOf(kind));
        }
    }

    /// <summary>Counts a firing that a caller asked for.</summary>
    /// <returns>The same outcome.</returns>
    public static TriggerChange CountIfFired(TriggerChange outcome)
    {
        Count(Now, outcome == TriggerChange.Done ? 1 : 0);
        return outcome;
    }

    private static TagList TagsOf(string kind) => [new(TelemetryNames.TriggerKind, kind)];
}
