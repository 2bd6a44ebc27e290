namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>A host in which everything happens that telemetry shows.</summary>
internal static class EverythingScene
{
    private const int Hopeless = 13;

    /// <summary>Lets everything happen, and has a look at it while the host runs.</summary>
    public static async Task RunAsync(RedisFixture redis, Func<Task> look)
    {
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>(FailAtFirstAsync).AddHandler<OrderPlaced>(static (_, _) => default)
            .AddHandler<Reminder>(static (_, _) => default)
            .AddGroup("search", static group => group.AddBatchHandler<Shipment>(
                static (_, _) => default, static options => (options.MaxSize, options.MaxWait) = (2, TimeSpan.FromMinutes(10)))),
            static options => options.MaxAttempts = 2).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("on").Publish(new Reminder(1)));
        await host.Triggers.AddAsync(Trigger.Cron("* * * * * *").MaxFirings(1).WithId("cron").Publish(new Reminder(2)));
        await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UnixEpoch).WithId("at").Publish(new Reminder(3)));

        // One is handled at its second attempt, one never.
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { CorrelationId = "request-91", Key = "order-1" });
        await host.Bus.PublishAsync(new OrderPlaced(Hopeless));
        await host.Bus.PublishManyAsync([new Reminder(4), new Reminder(5)]);
        await host.Bus.PublishManyAsync([new Shipment(1), new Shipment(2)]);
        using var refused = new CancellationTokenSource();
        await refused.CancelAsync();
        await FluentActions.Awaiting(() => host.Bus.PublishAsync(new Reminder(6), cancellationToken: refused.Token).AsTask())
            .Should().ThrowAsync<OperationCanceledException>();
        await Wait.UntilAsync(
            async () => await host.Events.CountAsync() is { Processed: 7, Dead: 1 }
                && (await host.Events.CountAsync("$triggers")).Processed == 2
                && (await host.Events.CountAsync("search")).Processed == 2, "everything is handled");
        await LoseALeaseAsync(redis);
        await look();
    }

    private static ValueTask FailAtFirstAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
        context.Attempt == 1 || context.Event.Number == Hopeless ? throw new InvalidOperationException("not yet") : default;

    // A consumer is cut off for longer than its lease lasts, and another takes the delivery.
    private static async Task LoseALeaseAsync(RedisFixture redis)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (zombie, other) = (new ManualConsumer(host), new ManualConsumer(host));
        await zombie.SubscribeAsync("order.placed");
        await host.Bus.PublishAsync(new OrderPlaced(1));
        await zombie.ClaimOneAsync();
        clock.Advance(host.Keyspace.Options.LeaseDuration + TimeSpan.FromSeconds(1));
        await other.ReapAsync();
        await other.ClaimOneAsync();
        await zombie.RenewAsync();
    }

    [EventType("order.shipment")]
    internal sealed record Shipment(int Number);
}
