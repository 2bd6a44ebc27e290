using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests;

/// <summary>Makes dead letters.</summary>
internal static class DeadLetterScene
{
    /// <summary>Publishes events, and lets each fail for good. Half of the ids begin with a, the others with b.</summary>
    public static async Task<string[]> MakeAsync<T>(TestHost host, int count, string type, Func<int, T> payload)
        where T : notnull
    {
        var consumers = Enumerable.Range(0, host.Keyspace.Partitions.Count)
            .Select(partition => new ManualConsumer(host, partition: partition, concurrency: 10_000)).ToArray();
        foreach (var consumer in consumers)
        {
            await consumer.SubscribeAsync(type);
        }

        var prefix = Guid.NewGuid().ToString("N")[..8];
        var ids = Enumerable.Range(0, count).Select(n => $"{(n % 2 == 0 ? "a" : "b")}{prefix}{n:0000}").ToArray();
        await Task.WhenAll(ids.Select((id, n) => host.Bus.PublishAsync(payload(n), new PublishOptions { Id = id }).AsTask()));
        foreach (var consumer in consumers)
        {
            var leases = await consumer.ClaimAllAsync();
            await consumer.SettleAsync(
                [.. leases.Select(static lease => new Settlement(lease, Outcome.Dead) { Failure = new InvalidOperationException("X") })]);
            await consumer.LeaveAsync();
        }

        return ids;
    }
}
