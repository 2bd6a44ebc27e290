using CsCheck;
using EventTriggers.Tests.Paging;

namespace EventTriggers.Tests.Bulk;

/// <summary>Bulk operations change what a plain list says, each once, and nothing else; also while other things change meanwhile.</summary>
public sealed class BulkModelTests(RedisFixture redis)
{
    [Theory]
    [InlineData(1, OperationKind.RedriveEvents)]
    [InlineData(3, OperationKind.RedriveEvents)]
    [InlineData(1, OperationKind.DiscardEvents)]
    [InlineData(3, OperationKind.DiscardEvents)]
    public async Task DeadLetters_OfAnyQuery_AreChangedOnce_WhileOthersDie(int partitions, OperationKind kind) =>
        await Gen.Int.SampleAsync(seed => ChangeDeadAsync(partitions, kind, new Random(seed)), iter: 12, threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Deliveries_OfAnyQuery_AreCanceled(int partitions) =>
        await Gen.Int.SampleAsync(seed => CancelAsync(partitions, new Random(seed)), iter: 12, threads: 1);

    private async Task ChangeDeadAsync(int partitions, OperationKind kind, Random random)
    {
        await using var stage = await FillAsync(partitions, random);
        var (query, events) = (NewQuery(stage, random), stage.Host.Events);
        var wanted = stage.Events.Where(one => one.Status == DeliveryStatus.Dead && EventPageModelTests.IsWanted(query, one)).ToArray();
        var id = kind == OperationKind.RedriveEvents
            ? await events.RedriveAsync(query, Options(random))
            : await events.DiscardAsync(query, Options(random));
        stage.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var operation = await AdvanceAsync(stage, id, random, changes: true);

        (operation.Kind, operation.Status, operation.Changed).Should().Be((kind, BulkOperationStatus.Completed, wanted.Length));
        operation.Examined.Should().BeGreaterThanOrEqualTo(wanted.Length);
        foreach (var one in stage.Events)
        {
            var status = (await events.FindAsync(one.Id))!.Deliveries[0].Status;
            if (!wanted.Contains(one))
            {
                status.Should().Be(one.Status, "{0} was not asked for", one);
            }
            else if (kind == OperationKind.DiscardEvents)
            {
                status.Should().Be(DeliveryStatus.Discarded);
            }
            else
            {
                status.Should().BeOneOf(DeliveryStatus.Ready, DeliveryStatus.Leased);
            }
        }

        var ready = new List<string>();
        foreach (var partition in stage.Host.Keyspace.Partitions)
        {
            ready.AddRange((await redis.Database.ListRangeAsync(partition.Keys.Of("default").Ready)).Select(static one => one.ToString()));
        }

        ready.Should().OnlyHaveUniqueItems();
    }

    private async Task CancelAsync(int partitions, Random random)
    {
        await using var stage = await FillAsync(partitions, random);
        var query = NewQuery(stage, random, DeliveryStatus.Ready, DeliveryStatus.Delayed, DeliveryStatus.Leased);
        var wanted = stage.Events.Where(one =>
            one.Status is DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Leased
            && EventPageModelTests.IsWanted(query, one)).ToArray();
        var id = await stage.Host.Events.CancelAsync(query, Options(random));

        // Published after it began.
        stage.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await stage.PublishAsync();
        var operation = await AdvanceAsync(stage, id, random, changes: false);

        (operation.Kind, operation.Status, operation.Changed)
            .Should().Be((OperationKind.CancelEvents, BulkOperationStatus.Completed, wanted.Length));
        foreach (var one in stage.Events)
        {
            var partition = stage.Host.Keyspace.PartitionOf(one.Id);
            var status = (await stage.Host.Events.FindAsync(one.Id))!.Deliveries[0].Status;
            var isSignaled = await redis.Database.HashExistsAsync(partition.Keys.Event(one.Id), "cancel:default");
            isSignaled.Should().Be(wanted.Contains(one) && one.Status == DeliveryStatus.Leased);
            status.Should().Be(wanted.Contains(one) && !isSignaled ? DeliveryStatus.Canceled : one.Status);
        }
    }

    private async Task<PagedStage> FillAsync(int partitions, Random random)
    {
        var stage = await PagedStage.CreateAsync(redis, partitions, random);
        for (var step = random.Next(20, 200); step > 0; step--)
        {
            await stage.StepAsync();
        }

        return stage;
    }

    // Steps of two consumers, which take turns where one is silent for long.
    private static async Task<OperationRecord> AdvanceAsync(PagedStage stage, string id, Random random, bool changes)
    {
        var consumers = Enumerable.Range(0, stage.Host.Keyspace.Partitions.Count)
            .SelectMany(partition => Enumerable.Range(0, 2).Select(_ => new ManualConsumer(stage.Host, partition: partition))).ToArray();
        for (var round = 0; round < 2000; round++)
        {
            if (await stage.Host.Operations.FindAsync(id) is { Status: not BulkOperationStatus.Running } ended)
            {
                return ended;
            }

            await consumers[random.Next(consumers.Length)].AdvanceOperationAsync();
            stage.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(1500)));
            for (var n = changes ? random.Next(3) : 0; n > 0; n--)
            {
                await stage.StepAsync();
            }
        }

        throw new InvalidOperationException("The operation does not end.");
    }

    private static BulkOptions? Options(Random random) => random.Next(3) switch
    {
        0 => new BulkOptions { RatePerSecond = 1 + random.Next(20) },
        1 => new BulkOptions { RatePerSecond = 1000, By = "me" },
        _ => null,
    };

    private static EventQuery NewQuery(PagedStage stage, Random random, params DeliveryStatus[] statuses)
    {
        T? Maybe<T>(T value) => random.Next(4) == 0 ? value : default;
        DateTimeOffset? Time() => random.Next(6) == 0
            ? DateTimeOffset.FromUnixTimeMilliseconds(stage.Events[random.Next(stage.Events.Count)].ReachedMs)
            : null;
        var (from, before) = (Time(), Time());
        return new EventQuery
        {
            Status = statuses.Length == 0 ? Maybe<DeliveryStatus?>(DeliveryStatus.Dead)
                : random.Next(2) == 0 ? statuses[random.Next(statuses.Length)] : null,
            Type = Maybe(PagedStage.Types[random.Next(2)]),
            IdPrefix = Maybe(PagedStage.Prefixes[random.Next(4)]),
            CorrelationId = Maybe(PagedStage.Correlations[1 + random.Next(2)]),
            ErrorContains = Maybe(random.Next(2) == 0 ? "TIMEOUT OF" : "declined"),
            From = from < before || before is null ? from : null,
            Before = before,
        };
    }
}
