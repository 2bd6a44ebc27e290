using System.Collections.Concurrent;
using EventTriggers.Testing;
using EventTriggers.Tests;
using StackExchange.Redis;

namespace EventTriggers.Faults;

/// <summary>Several hosts publish and consume on a server of their own while something goes wrong all the time.</summary>
public sealed class ChaosTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int Hosts = 3;
    private const int EventsOfAHost = 3000;

    // What a fault may cost: the deliveries that were in flight.
    private const int InFlight = Hosts * 32;

    [Fact]
    [Trait("Fault", "39")]
    public Task ScriptsFlushed() => RunAsync(mostDuplicates: 0, static async admin => await admin.ExecuteAsync("SCRIPT", "FLUSH"));

    [Fact]
    [Trait("Fault", "60")]
    public Task SubscribersKilled() =>
        RunAsync(mostDuplicates: 0, static async admin => await admin.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub"));

    // A settle whose reply is lost is recorded; a claim whose reply is lost costs a lease and no second run.
    [Fact]
    [Trait("Fault", "32")]
    [Trait("Fault", "35")]
    public Task ClientsKilled() =>
        RunAsync(InFlight, static async admin => await admin.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));

    [Fact]
    [Trait("Fault", "57")]
    public Task ServerStandsStill() => RunAsync(InFlight, static async admin => await admin.ExecuteAsync("CLIENT", "PAUSE", "150", "ALL"));

    private static async Task ConsumeAndPublishAsync(
        ServiceProvider provider, ConcurrentBag<string> published, Task<bool> settled, CancellationToken stop)
    {
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(stop);
        var bus = provider.GetRequiredService<IEventBus>();
        await Parallel.ForAsync(0, EventsOfAHost, new ParallelOptions { MaxDegreeOfParallelism = 20 }, async (n, _) =>
        {
            published.Add((await bus.PublishAsync(new Probe($"{n}"), cancellationToken: CancellationToken.None)).Id);
            await Task.Delay(10, CancellationToken.None);
        });
        await settled;
        await loop;
    }

    private async Task RunAsync(int mostDuplicates, Func<IDatabase, Task> disturb)
    {
        redis.SkipUnlessRedis();

        await using var own = await RedisTestServer.StartAsync();
        await using var adminConnection = await own.ConnectAsync(options => options.AllowAdmin = true);
        var admin = adminConnection.GetDatabase();
        var (published, handled) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        using var stop = new CancellationTokenSource();
        var settled = new TaskCompletionSource<bool>();
        var providers = new List<ServiceProvider>();
        for (var i = 0; i < Hosts; i++)
        {
            var connection = await own.ConnectAsync(options =>
            {
                (options.AbortOnConnectFail, options.AsyncTimeout) = (false, 2000);
                options.HeartbeatInterval = TimeSpan.FromMilliseconds(100);
                options.ReconnectRetryPolicy = new LinearRetry(50);
            });
            var services = new ServiceCollection();
            services.AddSingleton<IConnectionMultiplexer>(_ => connection);
            services.AddRedisTriggers(options =>
            {
                (options.KeyPrefix, options.LeaseDuration, options.RenewalInterval) = (
                    "chaos", TimeSpan.FromSeconds(6), TimeSpan.FromMilliseconds(500));
            }).AddHandler<Probe>((context, _) =>
            {
                handled.Add(context.Id);
                return default;
            });
            providers.Add(services.BuildServiceProvider());
        }

        var hosts = providers.Select(provider => ConsumeAndPublishAsync(provider, published, settled.Task, stop.Token)).ToArray();
        var disturbances = 0;
        var work = Wait.UntilAsync(() => published.Count == Hosts * EventsOfAHost, "everything is published");
        while (!work.IsCompleted)
        {
            await disturb(admin);
            disturbances++;
            await Task.Delay(200);
        }

        await work;
        var store = providers[0].GetRequiredService<IEventStore>();
        await Wait.UntilAsync(async () => await store.CountAsync() is { Ready: 0, Leased: 0, Delayed: 0 }, "everything is settled");
        await stop.CancelAsync();
        settled.SetResult(true);
        await Task.WhenAll(hosts);
        foreach (var provider in providers)
        {
            await provider.DisposeAsync();
        }

        var lost = published.Except(handled).Count();
        var duplicates = handled.Count - handled.Distinct().Count();
        output.WriteLine(
            $"{published.Count} events, {disturbances} disturbances: lost {lost}, duplicated {duplicates}, phantom "
            + $"{handled.Except(published).Count()}");
        lost.Should().Be(0);
        handled.Except(published).Should().BeEmpty();
        duplicates.Should().BeLessThanOrEqualTo(mostDuplicates);
    }
}
