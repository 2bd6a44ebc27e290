using System.Diagnostics;

namespace EventTriggers.Faults;

/// <summary>Reads a query to its end, and notes how long that took and how it ended.</summary>
internal static class TimedQuery
{
    public static async Task<(IReadOnlyList<string> Found, TimeSpan Last, TimeSpan Ended, Exception? Failure)> ReadAsync<T>(
        IAsyncEnumerable<T> query, Func<T, string> id, Func<ValueTask>? afterTheFirst = null)
    {
        var (found, last, clock) = (new List<string>(), TimeSpan.Zero, Stopwatch.StartNew());
        try
        {
            await foreach (var one in query)
            {
                found.Add(id(one));
                last = clock.Elapsed;
                await (afterTheFirst?.Invoke() ?? default);
            }

            return (found, last, clock.Elapsed, null);
        }
        catch (Exception e)
        {
            // What it is the test looks at.
            return (found, last, clock.Elapsed, e);
        }
    }
}
