using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Upcoming;

/// <summary>Reads which triggers are due in the next 24 hours, and computes when those that recur fire in that time.</summary>
internal static class UpcomingReader
{
    public const int Parts = 48;

    // Two pages of 100: a script for more of them takes longer than the server may be kept.
    private const int PageSize = 100;
    private const int MaxPages = 2;

    // Those that fire more often than every quarter of an hour would hide the others.
    private const int MaxCharted = 24 * 4;

    // As far as occurrences are computed; those after them are taken to come at the same intervals.
    private const int MaxOccurrences = 200;

    private static readonly TimeSpan Span = TimeSpan.FromHours(24);

    public static async Task<UpcomingView> ReadAsync(ITriggerStore triggers, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = now + Span;
        var query = new TriggerQuery { Status = TriggerStatus.Active, DueBefore = before };
        var page = await triggers.ListAsync(query, cursor: null, PageSize, cancellationToken).ConfigureAwait(false);
        var (found, firings) = (page.Triggers.ToList(), new int[Parts]);
        for (var pages = 1; page.Cursor is { } cursor && pages < MaxPages; pages++)
        {
            page = await triggers.ListAsync(query, cursor, PageSize, cancellationToken).ConfigureAwait(false);
            found.AddRange(page.Triggers);
        }

        return new UpcomingView
        {
            From = now,
            Before = before,
            Rows = [.. found.Select(trigger => Count(trigger, now, before, firings))],
            Firings = firings,
            ListedUntil = page.Cursor is null ? null : found is [.., { DueAt: { } last }] ? last : now,
            UnreadPartitions = page.UnreadPartitions,
        };
    }

    private static UpcomingRow Count(TriggerRecord trigger, DateTimeOffset now, DateTimeOffset before, int[] firings)
    {
        DateTimeOffset[] times = [.. OccurrencesOf(trigger).Where(at => at < before)];
        var (count, isEstimate) = (times.Length, times.Length == MaxOccurrences);
        if (isEstimate)
        {
            // It fires more often than was computed: it is taken to go on as it began.
            var step = (times[^1] - times[0]) / (count - 1);
            count += (int)((before - times[^1]) / step);
        }

        if (count <= MaxCharted)
        {
            foreach (var at in times)
            {
                firings[PartOf(at)]++;
            }
        }

        return new UpcomingRow
        {
            Trigger = TriggerRow.From(trigger), Count = count, IsEstimate = isEstimate, IsCharted = count <= MaxCharted,
        };

        // What is overdue fires at once.
        int PartOf(DateTimeOffset at) => Math.Clamp((int)((at - now) / Span * Parts), 0, Parts - 1);
    }

    private static IReadOnlyList<DateTimeOffset> OccurrencesOf(TriggerRecord trigger)
    {
        DateTimeOffset[] first = trigger.DueAt is { } due ? [due] : [];
        if (trigger.Kind is not (TriggerKind.Every or TriggerKind.Cron))
        {
            return first;
        }

        try
        {
            return trigger.Preview(MaxOccurrences);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or TimeZoneNotFoundException)
        {
            // What is stored cannot be evaluated here; its page says why.
            return first;
        }
    }
}
