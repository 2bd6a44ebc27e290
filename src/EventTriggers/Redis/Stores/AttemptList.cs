using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Reads the list of a delivery's last attempts; _attempts.lua writes it.</summary>
internal static class AttemptList
{
    // Stands for the stack trace of the next later attempt.
    private const string SameTrace = "=";

    /// <param name="list">The list, latest first.</param>
    /// <returns>The attempts, earliest first. What cannot be read is left out.</returns>
    public static IReadOnlyList<AttemptRecord> Read(RedisValue[] list)
    {
        var attempts = new List<AttemptRecord>();
        string? later = null;
        foreach (var text in list)
        {
            if (text.ToString().Split('\n', 3) is not [var line, var error, var trace])
            {
                continue;
            }

            later = trace == SameTrace ? later : trace.Length == 0 ? null : trace;
            if (Read(line, error, later) is { } attempt)
            {
                attempts.Insert(0, attempt);
            }
        }

        return attempts;
    }

    private static AttemptRecord? Read(string line, string error, string? trace)
    {
        if (line.Split(' ') is not [var ended, var number, var word, var consumer]
            || !long.TryParse(ended, CultureInfo.InvariantCulture, out var ms)
            || !int.TryParse(number, CultureInfo.InvariantCulture, out var attempt)
            || OutcomeOf(word) is not { } outcome)
        {
            return null;
        }

        var parts = error.Split(Failures.Separator, 2);
        return new AttemptRecord
        {
            Number = attempt,
            EndedAt = UnixTime.ToDateTimeOffset(ms),
            Outcome = outcome,
            Consumer = consumer == "?" ? null : consumer,
            ErrorType = error.Length == 0 ? null : parts[0],
            Message = parts.Length < 2 ? null : parts[1],
            StackTrace = trace,
        };
    }

    private static AttemptOutcome? OutcomeOf(string word) => word switch
    {
        "retry" => AttemptOutcome.Failed,
        "dead" => AttemptOutcome.Dead,
        "cancel" => AttemptOutcome.Canceled,
        "lost" => AttemptOutcome.Lost,
        "done" => AttemptOutcome.Succeeded,
        _ => null,
    };
}
