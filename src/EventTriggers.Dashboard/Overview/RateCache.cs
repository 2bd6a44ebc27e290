using System.Collections.Concurrent;

namespace EventTriggers.Dashboard.Overview;

/// <summary>
/// Rates that all browsers share. Redis counts by the minute, so each question is asked at most twice a minute, and only while a browser
/// looks.
/// </summary>
internal sealed class RateCache(DashboardContext dashboard)
{
    private const int RecentMinutes = 5;
    private const int MaxQuestions = 1000;

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RecentAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, CachedRates> _answers = new(StringComparer.Ordinal);

    /// <summary>Reads the last whole minutes of a group.</summary>
    public Task<GroupRates> ReadRecentAsync(string group)
    {
        var now = dashboard.TimeProvider.GetUtcNow();
        var minute = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        return GetAsync(
            $"recent {group}", RecentAge,
            () => Store.ReadRatesAsync(group, minute.AddMinutes(-RecentMinutes), minute, RateInterval.Minute, CancellationToken.None)
                .AsTask());
    }

    /// <summary>Reads the rates of a chart.</summary>
    /// <param name="group">The group; <see langword="null"/> for all of them together.</param>
    /// <param name="span">The time.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<GroupRates> ReadAsync(string? group, RateSpan span, CancellationToken cancellationToken) =>
        GetAsync($"{span} {group}", Age, () => group is null ? ReadAllAsync(span) : ReadOneAsync(group, span))
            .WaitAsync(cancellationToken);

    private IGroupStore Store => dashboard.Get<IGroupStore>();

    private Task<GroupRates> GetAsync(string question, TimeSpan age, Func<Task<GroupRates>> read)
    {
        var time = dashboard.TimeProvider;
        if (_answers.TryGetValue(question, out var answer) && !answer.Rates.IsFaulted && time.GetElapsedTime(answer.At) < age)
        {
            return answer.Rates;
        }

        // Names come from browsers: what they ask for must not grow without a limit.
        if (_answers.Count >= MaxQuestions)
        {
            _answers.Clear();
        }

        return (_answers[question] = new CachedRates(read(), time.GetTimestamp())).Rates;
    }

    private async Task<GroupRates> ReadAllAsync(RateSpan span)
    {
        var overview = await dashboard.Overview.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        var all = await Task.WhenAll(overview.Groups.Select(group => ReadAsync(group.Name, span, CancellationToken.None)))
            .ConfigureAwait(false);
        return RateSums.Add(all);
    }

    private async Task<GroupRates> ReadOneAsync(string group, RateSpan span)
    {
        var (length, step, interval) = span switch
        {
            RateSpan.Hour => (TimeSpan.FromHours(1), TimeSpan.FromMinutes(1), RateInterval.Minute),
            RateSpan.Day => (TimeSpan.FromHours(24), TimeSpan.FromMinutes(10), RateInterval.Minute),
            _ => (TimeSpan.FromDays(7), TimeSpan.FromHours(1), RateInterval.Hour),
        };
        var now = dashboard.TimeProvider.GetUtcNow();

        // The step that is under way is the last one.
        var end = new DateTimeOffset(((now.Ticks / step.Ticks) + 1) * step.Ticks, TimeSpan.Zero);
        var before = interval == RateInterval.Hour ? end - step : end;
        var rates = await Store.ReadRatesAsync(group, before - length, before, interval, CancellationToken.None).ConfigureAwait(false);
        return RateSums.ByStep(rates, step);
    }
}
