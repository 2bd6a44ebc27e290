using CsCheck;

namespace EventTriggers.Tests.Paging;

/// <summary>Pages are what a plain list of what was published, and of what became of it, says: in its order, each once.</summary>
public sealed class EventPageModelTests(RedisFixture redis)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_OfAnyQuery_AreThoseOfAPlainList(int partitions) =>
        await Gen.Int.SampleAsync(seed => CompareAsync(partitions, new Random(seed)), iter: 15, threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_BetweenChanges_ListOnceWhatStays(int partitions) =>
        await Gen.Int.SampleAsync(seed => ChangeAsync(partitions, new Random(seed)), iter: 15, threads: 1);

    private async Task CompareAsync(int partitions, Random random)
    {
        await using var stage = await FillAsync(partitions, random);
        for (var round = 0; round < 12; round++)
        {
            var query = NewQuery(stage, random);
            var (found, pages) = (new List<string>(), await PagesAsync(stage, query, random.Next(1, 9), static () => Task.CompletedTask));
            pages.ForEach(page => found.AddRange(page.Events.Select(static one => one.Id)));

            var wanted = stage.Events.Where(one => IsWanted(query, one)).ToArray();
            var waiting = wanted.Where(static one => one.IsInList).Select(static one => one.Id).ToArray();
            found.Take(waiting.Length).Should().BeEquivalentTo(waiting, "lists come first, of {0}", Describe(query));
            found.Skip(waiting.Length).Should().Equal(Sorted(wanted), "of {0}", Describe(query));
            (await stage.Host.Events.QueryAsync(query).Select(static one => one.Id).ToListAsync()).Should().BeEquivalentTo(found);
        }
    }

    private async Task ChangeAsync(int partitions, Random random)
    {
        await using var stage = await FillAsync(partitions, random);
        var query = NewQuery(stage, random);
        var before = stage.Events.ToDictionary(static one => one.Id, static one => one with { });
        var ever = stage.Events.Where(one => IsWanted(query, one)).Select(static one => one.Id).ToHashSet();

        var pages = await PagesAsync(stage, query, random.Next(1, 9), async () =>
        {
            for (var n = random.Next(6); n > 0; n--)
            {
                await stage.StepAsync();
                ever.UnionWith(stage.Events.Where(one => IsWanted(query, one)).Select(static one => one.Id));
            }
        });

        var found = pages.SelectMany(static page => page.Events).Select(static one => one.Id).ToArray();
        found.Should().BeSubsetOf(ever);
        var stayed = stage.Events.Where(one => before.GetValueOrDefault(one.Id) == one && IsWanted(query, one)).ToArray();
        foreach (var one in stayed)
        {
            found.Count(id => id == one.Id).Should().Be(1, "{0} stayed as it was, of {1}", one, Describe(query));
        }

        var sorted = Sorted(stayed).ToArray();
        found.Where(sorted.Contains).Should().Equal(sorted, "of {0}", Describe(query));
    }

    private async Task<PagedStage> FillAsync(int partitions, Random random)
    {
        var stage = await PagedStage.CreateAsync(redis, partitions, random);
        for (var step = random.Next(20, 150); step > 0; step--)
        {
            await stage.StepAsync();
        }

        return stage;
    }

    private static async Task<List<EventPage>> PagesAsync(PagedStage stage, EventQuery query, int limit, Func<Task> between)
    {
        var (pages, cursor) = (new List<EventPage>(), (string?)null);
        do
        {
            var page = await stage.Host.Events.ListAsync(query, cursor, limit);
            page.Events.Count.Should().BeLessThanOrEqualTo(limit);
            page.Should().Match<EventPage>(static one => !one.IsTruncated && one.UnreadPartitions.Count == 0);
            page.Cursor.Should().NotBe(cursor ?? string.Empty);
            pages.Add(page);
            cursor = page.Cursor;
            pages.Count.Should().BeLessThan(1000, "each page goes on");
            await between();
        }
        while (cursor is not null);
        return pages;
    }

    // Newest first, and by id where they are of one millisecond.
    private static IEnumerable<string> Sorted(IEnumerable<PagedEvent> events) => events.Where(static one => !one.IsInList)
        .OrderByDescending(static one => one.ReachedMs).ThenByDescending(static one => one.Id, StringComparer.Ordinal)
        .Select(static one => one.Id);

    /// <summary>Tells whether a query asks for an event.</summary>
    internal static bool IsWanted(EventQuery query, PagedEvent one)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(one.IsInList ? one.PublishedMs : one.ReachedMs);
        return (query.Status is null || query.Status == one.Status)
            && (query.Type is null || query.Type == one.Type)
            && one.Id.StartsWith(query.IdPrefix ?? string.Empty, StringComparison.Ordinal)
            && (query.Key is null || query.Key == one.Key)
            && (query.CorrelationId is null || query.CorrelationId == one.Correlation)
            && (query.ErrorContains is null || one.Error?.Contains(query.ErrorContains, StringComparison.OrdinalIgnoreCase) == true)
            && (query.From is null || at >= query.From)
            && (query.Before is null || at < query.Before);
    }

    private static EventQuery NewQuery(PagedStage stage, Random random)
    {
        T? Maybe<T>(T value) => random.Next(4) == 0 ? value : default;
        DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(
            stage.Events.Count == 0 ? stage.Now : stage.Events[random.Next(stage.Events.Count)].ReachedMs).AddTicks(random.Next(2));
        var (from, before) = (random.Next(5) == 0 ? Time() : (DateTimeOffset?)null, random.Next(5) == 0 ? Time() : (DateTimeOffset?)null);
        return new EventQuery
        {
            Status = random.Next(3) == 0 ? null : (DeliveryStatus)random.Next(6),
            Type = Maybe(PagedStage.Types[random.Next(2)]),
            IdPrefix = Maybe(PagedStage.Prefixes[random.Next(4)]),
            Key = random.Next(8) == 0 ? "b" : null,
            CorrelationId = Maybe(PagedStage.Correlations[1 + random.Next(2)]),
            ErrorContains = Maybe(random.Next(2) == 0 ? "TIMEOUT OF" : "declined"),
            From = from < before || before is null ? from : null,
            Before = before,
        };
    }

    private static string Describe(EventQuery query) =>
        $"{query.Status} {query.Type} {query.IdPrefix} {query.Key} {query.CorrelationId} {query.ErrorContains} {query.From:O} "
        + $"{query.Before:O}";
}
