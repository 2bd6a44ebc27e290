using System.Collections.Concurrent;

namespace EventTriggers.Tests.Consuming;

/// <summary>A handler that runs beyond its time and does not obey its token.</summary>
[Trait("Fault", "12")]
public sealed class StuckHandlerTests(RedisFixture redis)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task WithATimeout_ItsEventGoesOnAndItsWorkerIsReportedStuck()
    {
        var clock = Clock.At2030();
        var (attempts, finish) = (new ConcurrentQueue<int>(), new ManualResetEventSlim());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((context, _) =>
            {
                attempts.Enqueue(context.Attempt);
                if (context.Attempt == 1)
                {
                    // It even blocks its thread.
                    finish.Wait(CancellationToken.None);
                }

                return default;
            }),
            options => (options.HandlerTimeout, options.Concurrency) = (Limit, 2),
            time: clock).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(() => attempts.Count == 1, "the handler runs");

        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return (await host.Events.FindAsync(id))!.Deliveries[0].Status == DeliveryStatus.Processed;
            },
            "its second attempt succeeds");
        finish.Set();

        attempts.Should().Equal(1, 2);
        host.Log.TextsOf("28").Should().NotBeEmpty();
        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("ran longer than HandlerTimeout, 00:01:00");
    }

    [Fact]
    public async Task ItsWorker_IsNotFreeBeforeItReturns()
    {
        var clock = Clock.At2030();
        var (running, most, finish) = (0, 0, new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, _) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await finish.Task;
                Interlocked.Decrement(ref running);
            }),
            options => (options.HandlerTimeout, options.Concurrency) = (Limit, 1),
            time: clock).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 1, "the handler runs");

        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(5));
                return (await host.Events.FindAsync(id))!.Deliveries[0].Status != DeliveryStatus.Leased;
            },
            "its event is given back");
        await host.Bus.PublishAsync(new OrderPlaced(2));
        await Task.Delay(100);
        var atOnce = Volatile.Read(ref most);
        finish.SetResult();

        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await host.Events.CountAsync()).Processed == 2;
            },
            "both are handled once the worker is free");
        atOnce.Should().Be(1, "the only worker was stuck");
    }
}
