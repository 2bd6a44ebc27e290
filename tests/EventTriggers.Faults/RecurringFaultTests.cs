using EventTriggers.Tests;
using EventTriggers.Triggers;
using EventTriggers.Worker;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>Recurring triggers while the processes that fire them die.</summary>
public sealed class RecurringFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Triggers = 1000;

    private static readonly TimeSpan FullRun = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("Fault", "6")]
    [Trait("Fault", "86")]
    public async Task WhileAProcessIsKilledEverySecond_EachOccurrenceFiresOnceOrCountsAsMissed()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await OwnRedis.ConnectAsync(server.ConnectionString);
        await using var host = TestHost.Create(redis, connection: connection);
        var seconds = Math.Max(8, (int)FullRun.TotalSeconds * Rounds.Of(50) / 50);
        await using var workers = await DyingWorkers.StartAsync(server, host);

        var first = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 6000);
        await Task.WhenAll(
            Enumerable.Range(0, Triggers)
                .Select(n => host.Triggers.AddAsync(Trigger.Every(TimeSpan.FromSeconds(1)).StartingAt(first.AddMilliseconds(n))
            .Until(first.AddMilliseconds(n).AddSeconds(seconds)).WithId($"tick-{n}").Publish(new Job(n))).AsTask()));
        for (var end = first.AddSeconds(seconds); DateTimeOffset.UtcNow < end;)
        {
            await workers.KillNextAsync();
        }

        await Wait.UntilAsync(
            async () => await connection.GetDatabase().SortedSetLengthAsync($"{{{host.Prefix}:0}}:triggers") == 0, "all have ended");
        var firings = await FiringsAsync(connection, host.Prefix);
        await workers.KillAllAsync();
        var missed = firings.Sum(static firing => firing.Missed);
        output.WriteLine(
            $"{Triggers} triggers, {seconds + 1} occurrences each, {workers.Killed} processes killed: {firings.Count} fired, {missed} "
            + "counted as missed");
        foreach (var of in firings.GroupBy(static firing => firing.TriggerId))
        {
            of.Select(static firing => firing.DueAt).Should().OnlyHaveUniqueItems();
            of.Select(static firing => firing.Sequence).Order().Should().Equal(Enumerable.Range(1, of.Count()).Select(static n => (long)n));
            (of.Count() + of.Sum(static firing => firing.Missed)).Should()
                .Be(seconds + 1, $"of {of.Key} each occurrence fired or counts as missed");
            of.Should()
                .OnlyContain(
                    firing => firing.FiredAt >= firing.DueAt && (firing.DueAt - of.Min(one => one.DueAt)).TotalMilliseconds % 1000 == 0);
        }

        firings.Select(static firing => firing.TriggerId).Distinct().Should().HaveCount(Triggers);
    }

    private static async Task<IReadOnlyList<Firing>> FiringsAsync(IConnectionMultiplexer connection, string prefix)
    {
        var keys = await connection.GetServers()[0].KeysAsync(pattern: $"*{prefix}*:event:tick-*", pageSize: 1000).ToListAsync();
        var firings = await Task.WhenAll(keys.Select(key => connection.GetDatabase().HashGetAsync(key, "firing")));
        return [.. firings.Select(static firing => FiringJson.Read((byte[])firing!, ReadOnlyMemory<byte>.Empty)!)];
    }
}
