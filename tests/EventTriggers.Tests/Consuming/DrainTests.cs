namespace EventTriggers.Tests.Consuming;

public sealed class DrainTests(RedisFixture redis)
{
    [Fact]
    [Trait("Fault", "15")]
    public async Task Stop_LetsARunningHandlerFinish()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>(async (_, _) =>
        {
            started.TrySetResult();
            await finish.Task;
        })).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(started.Task);

        var stopping = host.StopAsync();
        await Wait.UntilAsync(() => host.Log.TextsOf("2").Length > 0, "it drains");
        await host.Bus.PublishAsync(new OrderPlaced(2));
        finish.SetResult();
        await Wait.ForAsync(stopping);

        var counts = await host.Events.CountAsync();
        (counts.Processed, counts.Ready, counts.Leased).Should().Be((1, 1, 0), "what came after the stop is not claimed");
    }

    [Fact]
    [Trait("Fault", "13")]
    [Trait("Fault", "17")]
    public async Task Stop_BeyondTheDrainTimeout_ReleasesWithoutSpendingTheAttempt()
    {
        var started = new TaskCompletionSource();
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            }),
            options => options.DrainTimeout = TimeSpan.FromMilliseconds(50)).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(started.Task);

        await Wait.ForAsync(host.StopAsync());

        var other = new ManualConsumer(host);
        (await other.ClaimOneAsync()).Delivery.Attempt.Should().Be(1, "the attempt was given back");
    }

    [Fact]
    public async Task Stop_WithAHandlerThatDoesNotObey_ReleasesItsDelivery()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, _) =>
            {
                started.TrySetResult();
                await finish.Task;
            }),
            options => options.DrainTimeout = TimeSpan.Zero).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(started.Task);

        await Wait.ForAsync(host.StopAsync());
        var claimed = await new ManualConsumer(host).ClaimOneAsync();
        finish.SetResult();

        claimed.Delivery.Attempt.Should().Be(1);
        (await host.Events.CountAsync()).Leased.Should().Be(1, "the late end of the first handler counts for nothing");
    }

    [Fact]
    [Trait("Fault", "16")]
    public async Task Stop_ReleasesWhatWasClaimedAndNotStarted()
    {
        var (started, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) =>
            {
                started.TrySetResult();
                await finish.Task.WaitAsync(token);
            }),
            options => options.DrainTimeout = TimeSpan.FromMilliseconds(50)).Start();
        await host.Bus.PublishManyAsync([.. Enumerable.Range(0, 100).Select(n => new OrderPlaced(n))]);
        await Wait.ForAsync(started.Task);

        await Wait.ForAsync(host.StopAsync());

        var counts = await host.Events.CountAsync();
        (counts.Ready, counts.Leased).Should().Be((100, 0));
        host.Log.Texts.Should().Contain(text => text.StartsWith("Stopped; ", StringComparison.Ordinal));
    }

    // At once, and not only when the drain has taken too long. Nobody handles it here: a runner that is called fails.
    [Fact]
    [Trait("Fault", "16")]
    public async Task WhatHasNotBegunWhenTheHostStops_IsGivenBackUnspent()
    {
        await using var host = TestHost.Create(redis);
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));

        await consumer.PassWhileStoppingAsync(await consumer.ClaimOneAsync());

        (await consumer.ClaimOneAsync()).Delivery.Attempt.Should().Be(1, "the attempt was given back");
    }

    // What is released is with others at once, without waiting for a poll.
    [Fact]
    [Trait("Fault", "15")]
    public async Task Stop_WakesOthersForWhatItReleases()
    {
        var (started, taken) = (new TaskCompletionSource(), new TaskCompletionSource());
        var prefix = RedisFixture.NewPrefix();
        await using var first = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>(async (_, token) =>
            {
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, token);
            }),
            options => options.DrainTimeout = TimeSpan.Zero,
            prefix: prefix).Start();
        await first.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.ForAsync(started.Task);
        await using var second = TestHost.Create(
            redis,
            build => build.AddHandler<OrderPlaced>((_, _) =>
            {
                taken.TrySetResult();
                return default;
            }),
            options => options.PollInterval = options.PollIntervalWhenDisconnected = TimeSpan.FromHours(1),
            prefix: prefix).Start();
        await Wait.UntilAsync(
            () => second.Log.Texts.Any(text => text.StartsWith("Consuming group", StringComparison.Ordinal)), "the second consumes");

        await Wait.ForAsync(first.StopAsync());

        await Wait.ForAsync(taken.Task);
    }
}
