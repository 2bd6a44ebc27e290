using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>A producer that is far faster than the server.</summary>
public sealed class BackPressureTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Events = 400_000;
    private const int MostPending = 16 * 1024 * 1024;
    private const int MostHeap = 256;

    // Events of 1 kB that nobody waits for, over a link of 50 ms. All of them at once would take 800 MB; the
    // process has 256, and would end for want of memory.
    [Fact]
    public async Task AProducerThatDoesNotWait_IsRefusedBeforeItsMemoryIsFull()
    {
        redis.SkipInACluster();
        await using var proxy = new FaultProxy(redis.Server.ConnectionString) { Latency = TimeSpan.FromMilliseconds(50) };
        await using var host = TestHost.Create(redis);
        await using var producer = new WorkerProcess(
            redis.HostThrough(proxy.ConnectionString), host.Prefix, "do=flood", $"heap={MostHeap}", $"events={Events}",
            $"pending={MostPending}");

        await producer.EndedAsync(within: TimeSpan.FromMinutes(5));

        var told = producer.History.ToDictionary(static entry => entry.What, static entry => entry.Number);
        output.WriteLine(
            $"{Events} events of 1 kB: accepted {told["accepted"]}, refused {told["refused-publish"]}, peak memory "
            + $"{told["peak-memory"] / 1024 / 1024} MB");
        told["refused-publish"].Should().BePositive();
        (told["accepted"] + told["refused-publish"]).Should().Be(Events);
        producer.ExitCode.Should().Be(0);
        (told["peak-memory"] / 1024 / 1024).Should().BeLessThan(2 * MostHeap, "the rest is the runtime's, and the client's buffers");
        (await redis.Database.ListLengthAsync($"{{{host.Prefix}:0}}:unrouted:test.job")).Should()
            .Be(told["accepted"], "what was refused is not there, and what was accepted is");
    }
}
