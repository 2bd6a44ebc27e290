using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>Unique work where several hosts run and several publish at a time.</summary>
public sealed class UniqueLoopTests(RedisFixture redis)
{
    private static readonly WhenTaken[] Choices = [WhenTaken.Keep, WhenTaken.QueueOne, WhenTaken.Replace, WhenTaken.CancelRunning];

    [Fact]
    public async Task OfEachNameAtMostOneRuns_WhoeverPublishes_AndNothingIsStuck()
    {
        var running = new ConcurrentDictionary<string, string>();
        var overlaps = new ConcurrentQueue<string>();
        var prefix = RedisFixture.NewPrefix();
        TestHost[] hosts = [.. Enumerable.Range(0, 3).Select(_ => TestHost.Create(
            redis, build => build.AddHandler<OrderPlaced>((context, token) => HandleAsync(context, running, overlaps, token)),
            static options => options.RetryDelay = TimeSpan.FromMilliseconds(20), prefix: prefix).Start())];
        var events = hosts[0].Events;

        // Of what is canceled before any group has subscribed, nothing is kept.
        await new ManualConsumer(hosts[0]).SubscribeAsync("order.placed");
        var results = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => PublishAsync(hosts[i % 3], i)));
        var accepted = results.Where(static one => one.Outcome == PublishOutcome.Accepted).Select(static one => one.Id).ToArray();

        // What waits is looked at after a minute at the latest, but has to go on before that.
        await Wait.UntilAsync(async () => await CountOpenAsync(events, accepted) == 0, "all have ended", TimeSpan.FromSeconds(45));

        overlaps.Should().BeEmpty();
        results.Where(static one => one.Outcome == PublishOutcome.Kept).Should().OnlyContain(one => accepted.Contains(one.Id));
        foreach (var name in new[] { "a", "b" })
        {
            (await redis.Database.KeyExistsAsync($"{hosts[0].Keyspace.Partitions[0].Keys.Root}:unique:{name}")).Should().BeFalse();
        }

        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }
    }

    private static async ValueTask HandleAsync(
        EventContext<OrderPlaced> context, ConcurrentDictionary<string, string> running, ConcurrentQueue<string> overlaps,
        CancellationToken token)
    {
        var name = context.Event.Number % 2 == 0 ? "a" : "b";
        if (!running.TryAdd(name, context.Id))
        {
            overlaps.Enqueue($"{context.Id} beside {running.GetValueOrDefault(name)}");
        }

        try
        {
            await Task.Yield();
            token.ThrowIfCancellationRequested();
            if (context.Event.Number % 5 == 0 && context.Attempt == 1)
            {
                throw new InvalidOperationException("not yet");
            }
        }
        finally
        {
            running.TryRemove(new KeyValuePair<string, string>(name, context.Id));
        }
    }

    private static async Task<PublishResult> PublishAsync(TestHost host, int number) =>
        await host.Bus.PublishAsync(new OrderPlaced(number), new PublishOptions
        {
            Unique = Unique.By(number % 2 == 0 ? "a" : "b").Otherwise(Choices[number / 2 % Choices.Length]),
        });

    private static async Task<int> CountOpenAsync(IEventStore events, string[] ids)
    {
        var found = await Task.WhenAll(ids.Select(id => events.FindAsync(id).AsTask()));
        return found.Count(static one => one!.Deliveries.Any(static delivery =>
            delivery.Status is DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Leased));
    }
}
