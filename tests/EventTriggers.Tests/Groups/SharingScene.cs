using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Groups;

/// <summary>A group of which all processes together handle a number, under a clock of its own, and what its processes report.</summary>
internal sealed class SharingScene : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    public SharingScene(RedisFixture redis) => Host = TestHost.Create(redis, time: Clock);

    public FakeTimeProvider Clock { get; } = Tests.Clock.At2030();

    public TestHost Host { get; }

    public string Shares => $"{{{Host.Prefix}:0}}:shares:mail";

    public Task SetAsync(int? number) => Host.Keyspace.Scripts.RunAsync(new SetConcurrencyRequest
    {
        Partition = Host.Keyspace.Partitions[0],
        Now = Host.Keyspace.PinnedNow,
        Lane = Guid.NewGuid().ToString(),
        Sequence = 1,
        Group = "mail",
        Concurrency = number,
        By = string.Empty,
    }).AsTask();

    public async Task ReportAsync(SharingProcess process, bool ends = false, long? turns = null, string? stored = null)
    {
        var noted = await Host.Keyspace.Scripts.RunAsync(new NoteConsumerRequest
        {
            Partition = Host.Keyspace.Partitions[0],
            Now = Host.Keyspace.PinnedNow,
            Name = process.Name,
            Silence = TimeSpan.FromMinutes(1),
            Lasts = process.Lease,
            Turns = turns,
            Groups = [("other", 5, 5, 5), ("mail", process.IsStopping ? 0 : process.Configured, process.Held, process.Allowed)],
            Fields = ends ? [] : [("machine", "here")],
        });
        if (!ends)
        {
            noted.Shares.Should().HaveCount(2);
            noted.Shares[0].Should().Be((string.Empty, 0), "nothing is set for it");
            noted.Shares[1].Stored.Should().Match(text => stored == null || text == stored);
            process.Share = noted.Shares[1].Stored.Length > 0 ? noted.Shares[1].Share : null;
            (process.IsTold, process.Silent) = (true, TimeSpan.Zero);
        }
    }

    // Everything ends, and each reports until nothing changes: what others had is free then.
    public async Task SettleAsync(List<SharingProcess> processes)
    {
        processes.ForEach(static one => one.Running = 0);
        await PassAsync(processes, 2 * Lease);

        // Whose turn it is may just have changed.
        for (var round = 0; round < 2; round++)
        {
            foreach (var one in processes)
            {
                await ReportAsync(one);
            }
        }
    }

    // Time passes, and they report as often as processes do.
    public async Task PassAsync(List<SharingProcess> processes, TimeSpan time)
    {
        while (time > TimeSpan.Zero)
        {
            var step = time < Lease / 4 ? time : Lease / 4;
            PassInSilence(processes, step);
            time -= step;
            foreach (var one in processes)
            {
                await ReportAsync(one);
            }
        }
    }

    public void PassInSilence(List<SharingProcess> processes, TimeSpan time)
    {
        Clock.Advance(time);
        processes.ForEach(one => one.Silent += time);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
