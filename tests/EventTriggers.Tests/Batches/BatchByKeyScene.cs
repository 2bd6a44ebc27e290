using System.Collections.Concurrent;

namespace EventTriggers.Tests.Batches;

/// <summary>Hosts whose batches each have the events of one key, and what their handlers were called with.</summary>
internal sealed class BatchByKeyScene(RedisFixture redis)
{
    public static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    /// <summary>Gets the batches that were handled: each its key, and the numbers of its orders.</summary>
    public ConcurrentQueue<string> Batches { get; } = new();

    public static async Task<string[]> PublishAsync(TestHost host, params (string? Key, int Number)[] events) =>
    [
        .. (await host.Bus.PublishManyAsync(
            [.. events.Select(static one => EventToPublish.Of(new OrderPlaced(one.Number), new PublishOptions { Key = one.Key }))])).Ids(),
    ];

    public TestHost Create(
        int size, TimeSpan wait, Action<RedisTriggersOptions>? configure = null, Action<EventBatch<OrderPlaced>>? handle = null,
        Func<EventBatch<OrderPlaced>, CancellationToken, ValueTask>? handleAsync = null, bool isInOrder = true, int concurrency = 32,
        TimeProvider? time = null) =>
        TestHost.Create(
            redis,
            builder => builder.AddBatchHandler<OrderPlaced>(
                (batch, token) =>
                {
                    Batches.Enqueue($"{batch.Key}: {string.Join(' ', batch.Select(static item => item.Event.Number))}");
                    handle?.Invoke(batch);
                    return handleAsync?.Invoke(batch, token) ?? default;
                },
                options => (options.MaxSize, options.MaxWait, options.ByKey) = (size, wait, true)),
            options =>
            {
                options.Concurrency = concurrency;
                if (isInOrder)
                {
                    options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = 1 };
                }

                configure?.Invoke(options);
            },
            time);

    public async Task NothingIsLeftAsync(TestHost host)
    {
        foreach (var kind in (string[])["active", "backlogs", "backlogged", "held"])
        {
            (await redis.Database.KeyExistsAsync($"{host.Keyspace.Partitions[0].Keys.Root}:{kind}:default")).Should().BeFalse(kind);
        }
    }
}
