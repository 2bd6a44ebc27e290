using System.Text;
using EventTriggers.Tests;
using EventTriggers.Triggers.Matching;
using EventTriggers.Worker;

namespace EventTriggers.Faults;

/// <summary>Triggers with conditions and over time while the processes that match for them die.</summary>
public sealed class PatternFaultTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Keys = 50;
    private const int Counted = 5;

    [Fact]
    public async Task WhileAProcessIsKilledEverySecond_CountsDoNotDrift_AndEachCauseFiresOnce()
    {
        await using var server = await OwnRedis.StartAsync(redis);
        await using var connection = await OwnRedis.ConnectAsync(server.ConnectionString);
        await using var host = TestHost.Create(
            redis, connection: connection, configure: static options => options.ProcessedLimit = 1_000_000);
        var hour = TimeSpan.FromHours(1);
        var each = await host.Triggers.AddAsync(
            Trigger.On("tick").Matching("""{"n":[{"numeric":["<",3]}]}""").Publish(new Job(0)).WithId("each"));
        var count = await host.Triggers.AddAsync(
            Trigger.On("tick").Per("key").Count(Counted).Within(hour).Publish(new Job(0)).WithId("count"));
        var pair = await host.Triggers.AddAsync(
            Trigger.On("tick").Matching("""{"n":[0]}""").Per("key").FollowedBy("tock").Within(hour).Publish(new Job(0)).WithId("pair"));
        var none = await host.Triggers.AddAsync(
            Trigger.On("tick").Matching("""{"n":[1]}""").Per("key").NotFollowedBy("tock").Within(TimeSpan.FromSeconds(20))
                .Publish(new Job(0)).WithId("none"));
        await using var workers = await DyingWorkers.StartAsync(server, host);

        // As many for each key in each second; every other key is answered.
        var rounds = Math.Max(6, Rounds.Of(20));
        for (var n = 0; n < rounds; n++)
        {
            await Task.WhenAll(
                Enumerable.Range(0, Keys)
                    .Select(key => host.Bus.PublishRawAsync("tick", Encoding.UTF8.GetBytes($$"""{"key":{{key}},"n":{{n}}}""")).AsTask()));
            if (n == 3)
            {
                await Task.WhenAll(
                    Enumerable.Range(0, Keys / 2)
                        .Select(key => host.Bus.PublishRawAsync("tock", Encoding.UTF8.GetBytes($$"""{"key":{{key}}}""")).AsTask()));
            }

            await workers.KillNextAsync();
        }

        var expected = new Dictionary<string,
        long> { [each] = 3 * Keys, [count] = Keys * (rounds / Counted), [pair] = Keys / 2, [none] = Keys - (Keys / 2) };
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync(TriggerMatcher.Group) is { Ready: 0, Leased: 0, Delayed: 0 }, "all is matched");
        await Wait.UntilAsync(async () => (await FiredAsync()).Values.Sum() >= expected.Values.Sum(), "all has fired");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var fired = await FiredAsync();
        await workers.KillAllAsync();
        output.WriteLine(
            $"{workers.Killed} processes killed, {rounds * Keys} events: fired "
            + $"{string.Join(", ", fired.Select(static pair => $"{pair.Key} {pair.Value}"))}");
        fired.Should().BeEquivalentTo(expected);
        var raised = await connection.GetServers()[0].KeysAsync(pattern: $"*{host.Prefix}*:event:*/*", pageSize: 1000).CountAsync();
        raised.Should().Be((int)expected.Values.Sum(), "each firing raised an event of its own");

        async Task<Dictionary<string, long>> FiredAsync() =>
            await host.Triggers.QueryAsync(new TriggerQuery())
                .ToDictionaryAsync(static trigger => trigger.Id, static trigger => trigger.FiringCount);
    }
}
