using StackExchange.Redis;

namespace EventTriggers.Tests.DependencyInjection;

/// <summary>A connection that is made asynchronously, and perhaps only at the second try.</summary>
public sealed class DeferredConnectionTests(RedisFixture redis)
{
    [Theory]
    [InlineData(null)]
    [InlineData("audit")]
    public async Task EverythingWorks_OnceTheConnectionIsMade_AndItIsMadeOnce(string? key)
    {
        var (made, handled) = (0, new TaskCompletionSource<int>());
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var provider = Provider(
            key,
            async _ =>
            {
                Interlocked.Increment(ref made);
                await Task.Yield();
                return connection;
            },
            handled);
        using var stop = new CancellationTokenSource();
        var loop = Of<IConsumerLoop>(provider, key).RunAsync(stop.Token);
        var (bus, events, triggers) = (
            Of<IEventBus>(provider, key), Of<IEventStore>(provider, key), Of<ITriggerStore>(provider, key));

        var published = await Task.WhenAll(
            bus.PublishAsync(new OrderPlaced(7)).AsTask(), bus.PublishRawAsync("order.reminder", "{}"u8.ToArray()).AsTask());
        await bus.PublishManyAsync([new Reminder(1)]);
        await bus.PublishManyAsync([EventToPublish.Of(new Reminder(2))]);
        await Wait.ForAsync(handled.Task);

        (await events.FindAsync(published[0].Id))!.Type.Should().Be("order.placed");
        (await events.CountUnroutedAsync()).Types.Should().ContainSingle().Which.Count.Should().Be(3);
        (await events.QueryUnroutedAsync().ToListAsync()).Should().HaveCount(3);
        await Wait.UntilAsync(async () => (await events.CountAsync()).Processed == 1, "it is processed");
        (await events.QueryAsync(new EventQuery()).ToListAsync()).Should().ContainSingle();
        (await events.CancelAsync(published[0].Id)).Should().Be(CancelOutcome.TooLate);
        (await events.RedriveAsync(published[0].Id)).Should().Be(RedriveOutcome.NotDead);
        var id = await triggers.AddAsync(Trigger.Cron("0 3 1 1 *").Publish(new Reminder(1)));
        (await triggers.PauseAsync(id)).Should().Be(ChangeOutcome.Done);
        (await triggers.ResumeAsync(id)).Should().Be(ChangeOutcome.Done);
        (await triggers.RescheduleAsync(id, DateTimeOffset.UtcNow.AddYears(1))).Should().Be(ChangeOutcome.Done);
        (await triggers.UpdateAsync(id, Trigger.Cron("0 4 1 1 *").Publish(new Reminder(1)))).Should().Be(ChangeOutcome.Done);
        (await triggers.FireNowAsync(id)).Should().Be(ChangeOutcome.Done);
        (await triggers.HistoryAsync(id)).Should().ContainSingle();
        (await triggers.QueryAsync(new TriggerQuery()).ToListAsync()).Should().ContainSingle();
        (await triggers.FindAsync(id))!.FiringCount.Should().Be(1);
        (await triggers.CancelAsync(id)).Should().Be(CancelOutcome.Canceled);
        await stop.CancelAsync();
        await loop;
        made.Should().Be(1);
    }

    [Fact]
    public async Task AnAttemptThatFails_IsSaidByTheCall_AndMadeAgainByTheNext_WhileTheLoopWaits()
    {
        var (attempts, isAway, handled) = (0, true, new TaskCompletionSource<int>());
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var provider = Provider(
            null,
            _ =>
            {
                Interlocked.Increment(ref attempts);
                return Volatile.Read(ref isAway) ? throw new InvalidOperationException("no token yet") : Task.FromResult(connection);
            },
            handled);
        using var stop = new CancellationTokenSource();
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);
        var bus = provider.GetRequiredService<IEventBus>();

        (await bus.Invoking(static b => b.PublishAsync(new OrderPlaced(1)).AsTask()).Should().ThrowAsync<StoreUnavailableException>())
            .WithMessage("*UseConnection*no token yet*").Which.MayHaveHappened.Should().BeFalse();
        loop.IsCompleted.Should().BeFalse();

        Volatile.Write(ref isAway, false);
        await bus.PublishAsync(new OrderPlaced(2));
        (await Wait.ForAsync(handled.Task)).Should().Be(2);
        await stop.CancelAsync();
        await loop;
        attempts.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task AnAttemptThatDoesNotEnd_HoldsACallForItsTimeout_AndNoStop()
    {
        await using var provider = Provider(
            null, static _ => new TaskCompletionSource<ConnectionMultiplexer>().Task, new TaskCompletionSource<int>(), seconds: 1);
        using var stop = new CancellationTokenSource();
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);

        (await provider.GetRequiredService<IEventBus>().Invoking(static b => b.PublishAsync(new OrderPlaced(1)).AsTask())
            .Should().ThrowAsync<StoreUnavailableException>()).WithMessage("*longer than 00:00:01 (OperationTimeout)*");
        await stop.CancelAsync();
        await Wait.ForAsync(loop);
    }

    private static T Of<T>(IServiceProvider provider, string? key)
        where T : notnull => key is null ? provider.GetRequiredService<T>() : provider.GetRequiredKeyedService<T>(key);

    private static ServiceProvider Provider(
        string? key, Func<IServiceProvider, Task<ConnectionMultiplexer>> connect, TaskCompletionSource<int> handled,
        int seconds = 60)
    {
        void Configure(RedisTriggersOptions options) =>
            (options.KeyPrefix, options.OperationTimeout) = (RedisFixture.NewPrefix(), TimeSpan.FromSeconds(seconds));

        var services = new ServiceCollection();
        var builder = key is null ? services.AddRedisTriggers(Configure) : services.AddKeyedRedisTriggers(key, Configure);
        builder.UseConnectionAsync(connect).AddHandler<OrderPlaced>((context, _) =>
        {
            handled.TrySetResult(context.Event.Number);
            return default;
        });
        return services.BuildServiceProvider();
    }
}
