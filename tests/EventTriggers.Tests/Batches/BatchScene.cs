using System.Collections.Concurrent;
using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Batches;

/// <summary>What batch handlers of a test were called with: the numbers of the orders, batch by batch.</summary>
internal sealed class BatchScene
{
    private readonly ConcurrentQueue<(int[] Numbers, int[] Attempts)> _calls = new();

    public IReadOnlyList<(int[] Numbers, int[] Attempts)> Calls => [.. _calls];

    /// <summary>Gets the numbers of each batch, in order.</summary>
    public IReadOnlyList<int[]> Batches => [.. _calls.Select(static call => call.Numbers.Order().ToArray())];

    public void Note(EventBatch<OrderPlaced> batch) => _calls.Enqueue(
        ([.. batch.Select(static item => item.Event.Number)], [.. batch.Select(static item => item.Attempt)]));

    /// <summary>Waits until a group has so many deliveries processed, and no others but dead ones.</summary>
    public static Task EndedAsync(TestHost host, int processed, int dead = 0, string? group = null) => Wait.UntilAsync(
        async () => await host.Events.CountAsync(group) is { Ready: 0, Leased: 0, Delayed: 0 } counts
            && counts.Processed == processed && counts.Dead == dead,
        $"{processed} are processed and {dead} dead");

    public static Task LeasedAsync(TestHost host, int leased, string? group = null) => Wait.UntilAsync(
        async () => (await host.Events.CountAsync(group)).Leased == leased, $"{leased} are leased");

    /// <summary>What batches of the first group wait with.</summary>
    public static IEnumerable<Lease> Gathered(TestHost host) =>
        host.Services.GetRequiredService<HostedGroups>().All[0].Batches!.Table.Collectors.ToArray().SelectMany(static one => one.Gathered);

    public static async Task<string[]> PublishAsync(TestHost host, params int[] numbers) =>
        [.. (await host.Bus.PublishManyAsync([.. numbers.Select(static n => new OrderPlaced(n))])).Ids()];
}
