using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Paging;

/// <summary>Pages of triggers are what a plain list of what was added, and of what became of it, says: in its order, each once.</summary>
public sealed class TriggerPageModelTests(RedisFixture redis)
{
    private static readonly string[] Tags = ["x", "y"];
    private static readonly string[] Prefixes = ["a", "ab", "b/"];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_OfAnyQuery_AreThoseOfAPlainList(int partitions) =>
        await Gen.Int.SampleAsync(seed => CompareAsync(partitions, new Random(seed)), iter: 10, threads: 1);

    private async Task CompareAsync(int partitions, Random random)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, configure: options => options.Partitions = partitions, time: clock);
        var all = new List<Added>();
        for (var n = random.Next(10, 80); n > 0; n--)
        {
            await StepAsync(host, clock, all, random);
        }

        for (var round = 0; round < 15; round++)
        {
            var query = NewQuery(clock, random);
            var (found, limit) = (new List<string>(), random.Next(1, 9));
            for (var (cursor, pages) = ((string?)null, 0); pages == 0 || cursor is not null; pages++)
            {
                var page = await host.Triggers.ListAsync(query, cursor, limit);
                page.Triggers.Count.Should().BeLessThanOrEqualTo(limit);
                found.AddRange(page.Triggers.Select(static one => one.Id));
                cursor = page.Cursor;
                pages.Should().BeLessThan(500, "each page goes on");
            }

            found.Should().Equal(Sorted(query, all.Where(one => IsWanted(query, one))));
            (await host.Triggers.QueryAsync(query).Select(static one => one.Id).ToListAsync()).Should().BeEquivalentTo(found);
        }
    }

    private static async Task StepAsync(TestHost host, FakeTimeProvider clock, List<Added> all, Random random)
    {
        clock.Advance(TimeSpan.FromMilliseconds(random.Next(2)));
        var live = all.Where(static one => one.Status is TriggerStatus.Active or TriggerStatus.Paused).ToArray();
        if (random.Next(3) > 0 || live.Length == 0)
        {
            all.Add(await AddAsync(host, clock, random));
            return;
        }

        var one = live[random.Next(live.Length)];
        switch (random.Next(3))
        {
            case 0:
                await host.Triggers.PauseAsync(one.Id);
                one.Status = TriggerStatus.Paused;
                break;
            case 1:
                await host.Triggers.ResumeAsync(one.Id);
                one.Status = TriggerStatus.Active;
                break;
            default:
                await host.Triggers.CancelAsync(one.Id);
                (one.Status, one.EndedMs) = (TriggerStatus.Canceled, clock.GetUtcNow().ToUnixTimeMilliseconds());
                break;
        }
    }

    private static async Task<Added> AddAsync(TestHost host, FakeTimeProvider clock, Random random)
    {
        var id = $"{Prefixes[random.Next(3)]}{Guid.NewGuid():N}"[..14];
        var (isTimed, tag) = (random.Next(3) > 0, Tags[random.Next(2)]);
        var span = TimeSpan.FromMinutes(1 + random.Next(5));
        var isReminder = random.Next(2) == 0;
        var rule = isTimed ? Trigger.After(span).WithId(id).Tagged(tag) : null;
        var watch = isTimed ? null : Trigger.On<OrderPlaced>().WithId(id).Tagged(tag);
        await host.Triggers.AddAsync((isReminder, rule, watch) switch
        {
            (true, { } timed, _) => timed.Publish(new Reminder(1)),
            (false, { } timed, _) => timed.Publish(new OrderPlaced(1)),
            (true, _, { } on) => on.Publish(new Reminder(1)),
            (false, _, { } on) => on.Publish(new OrderPlaced(1)),
            _ => throw new InvalidOperationException(),
        });
        return new Added(
            id, isTimed ? TriggerKind.At : TriggerKind.On, isReminder ? "order.reminder" : "order.placed", tag,
            isTimed ? clock.GetUtcNow() + span : null);
    }

    private static IEnumerable<string> Sorted(TriggerQuery query, IEnumerable<Added> triggers) =>
        (query.Tag is null
            ? triggers.OrderBy(static one => one.EndedMs is not null)
                .ThenBy(static one => one.EndedMs ?? (one.Status == TriggerStatus.Active && one.DueAt is { } due
                    ? due.ToUnixTimeMilliseconds()
                    : long.MaxValue))
                .ThenBy(static one => one.Id, StringComparer.Ordinal)
            : triggers.OrderBy(static one => one.Id, StringComparer.Ordinal)).Select(static one => one.Id);

    private static bool IsWanted(TriggerQuery query, Added one) =>
        (query.Status is null || query.Status == one.Status)
        && (query.Kind is null || query.Kind == one.Kind)
        && (query.EventType is null || query.EventType == one.EventType)
        && (query.SourceType is null || (one.Kind == TriggerKind.On && query.SourceType == "order.placed"))
        && (query.Tag is null || query.Tag == one.Tag)
        && one.Id.StartsWith(query.IdPrefix ?? string.Empty, StringComparison.Ordinal)
        && (query.DueFrom is null || one.DueAt >= query.DueFrom)
        && (query.DueBefore is null || one.DueAt < query.DueBefore);

    private static TriggerQuery NewQuery(FakeTimeProvider clock, Random random)
    {
        T? Maybe<T>(T value) => random.Next(4) == 0 ? value : default;
        DateTimeOffset? Time() => random.Next(4) == 0 ? clock.GetUtcNow().AddMinutes(random.Next(6)).AddTicks(random.Next(2)) : null;
        return new TriggerQuery
        {
            Status = random.Next(2) == 0 ? null : (TriggerStatus)random.Next(4),
            Kind = random.Next(4) == 0 ? random.Next(2) == 0 ? TriggerKind.At : TriggerKind.On : null,
            EventType = Maybe("order.reminder"),
            SourceType = Maybe(random.Next(2) == 0 ? "order.placed" : "order.paid"),
            Tag = Maybe(Tags[random.Next(2)]),
            IdPrefix = Maybe(Prefixes[random.Next(3)]),
            DueFrom = Time(),
            DueBefore = Time(),
        };
    }

    private sealed record Added(string Id, TriggerKind Kind, string EventType, string Tag, DateTimeOffset? DueAt)
    {
        public TriggerStatus Status { get; set; } = TriggerStatus.Active;

        public long? EndedMs { get; set; }
    }
}
