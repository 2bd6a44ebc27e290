using Cronos;

namespace EventTriggers;

/// <summary>The occurrences of a cron expression in a time zone, as Cronos finds them.</summary>
internal sealed class CronRecurrence(CronExpression expression, TimeZoneInfo zone) : IRecurrence
{
    // Of the years that Cronos looks at; and no zone leads out of what .NET can hold.
    private static readonly long Latest = new DateTimeOffset(9999, 12, 30, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private const long Minute = 60_000;

    // Counting is what takes time: so many take a few milliseconds.
    public const int MostCounted = 10_000;

    /// <summary>Reads an expression of five fields, of six with seconds in front, or a macro.</summary>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static CronExpression Parse(string expression)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(expression);
        var fields = expression.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length;
        try
        {
            return CronExpression.Parse(expression, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (MissingSeedException e)
        {
            throw new ArgumentException($"The cron expression '{expression}' has an 'H'; give the moment, and spread triggers with Jitter.", nameof(expression), e);
        }
        catch (CronFormatException e)
        {
            throw new ArgumentException(
                $"The cron expression must have five fields, six with seconds in front, or be a macro such as @daily, but '{expression}' is none: {e.Message}", nameof(expression), e);
        }
    }

    /// <summary>Checks an expression that somebody gives.</summary>
    /// <exception cref="ArgumentException">It is not one, or no moment ever matches it.</exception>
    public static void Check(string expression)
    {
        if (Parse(expression).GetNextOccurrence(DateTime.UnixEpoch) is null)
        {
            throw new ArgumentException($"The cron expression '{expression}' never fires: no day matches it.", nameof(expression));
        }
    }

    public long? Next(long after)
    {
        // Where a zone changes its base offset, as Morocco does, Cronos finds occurrences again that it was to go on from: then it is asked from the next minute on.
        for (var from = Math.Max(after, 0); from < Latest; from += Minute - (from % Minute))
        {
            var next = expression.GetNextOccurrence(Unix.Time(from), zone, inclusive: from > after)?.ToUnixTimeMilliseconds();
            if (next is null || next > after)
            {
                return next;
            }
        }

        return null;
    }

    public long? Last(long until)
    {
        for (var to = Math.Min(until, Latest); to >= 0; to -= Minute)
        {
            var last = expression.GetPreviousOccurrence(Unix.Time(to), zone, inclusive: true)?.ToUnixTimeMilliseconds();
            if (last is null || last <= until)
            {
                return last;
            }
        }

        return null;
    }

    public long Count(long after, long until)
    {
        var count = 0L;
        for (var at = Next(after); at <= until && count < MostCounted; at = Next(at.Value))
        {
            count++;
        }

        return count;
    }
}
