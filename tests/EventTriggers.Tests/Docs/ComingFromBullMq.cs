using StackExchange.Redis;

namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/coming-from/bullmq.md.</summary>
internal static class ComingFromBullMq
{
    public static async Task AddAJob(IEventBus bus)
    {
        await bus.PublishAsync(new OrderPlaced(42));
    }

    public static void HandleIt(IServiceCollection services)
    {
        services.AddRedisTriggers(options => options.Concurrency = 8)
            .AddHandler<OrderPlaced>(async (context, cancellationToken) =>
            {
                var mailer = context.Services.GetRequiredService<IMailer>();
                await mailer.SendReceiptAsync(context.Event.Number, cancellationToken);
            });
    }

    public static void ShareAConnection(IServiceCollection services, IConnectionMultiplexer multiplexer)
    {
        services.AddRedisTriggers(options => options.KeyPrefix = "shop")
            .UseConnection(_ => multiplexer);
    }

    public static async Task ManyAtOnce(IEventBus bus)
    {
        IReadOnlyList<PublishResult> results = await bus.PublishManyAsync([new OrderPlaced(42), new OrderPlaced(43)]);
    }

    public static async Task AnIdThatIsAcceptedOnce(IEventBus bus)
    {
        PublishResult result = await bus.PublishAsync(new OrderPlaced(42), new PublishOptions { Id = "order-42" });
        bool isNew = result.Outcome == PublishOutcome.Accepted;
    }

    public static async Task Later(IEventBus bus)
    {
        await bus.PublishAsync(new PaymentDue(42), new PublishOptions { Delay = TimeSpan.FromMinutes(30) });
    }

    public static void AttemptsAndDelaysBetweenThem(IServiceCollection services)
    {
        services.AddRedisTriggers(options =>
        {
            options.MaxAttempts = 5;
            options.RetryDelay = TimeSpan.FromSeconds(1);
        });
    }

    public static async Task OnASchedule(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.Cron("0 9 * * 1-5", "Europe/Berlin").Publish(new ReportDue())
            .WithId("daily-report").IfExists(OnConflict.Replace));
        await triggers.CancelAsync("daily-report");
    }

    public static async Task FailedJobsAndTryingThemAgain(IEventStore events)
    {
        await foreach (EventRecord dead in events.QueryAsync(new EventQuery { Status = DeliveryStatus.Dead }))
        {
            Console.WriteLine($"{dead.Id}: {dead.Deliveries.First(delivery => delivery.Status == DeliveryStatus.Dead).Error}");
            await events.RedriveAsync(dead.Id);
        }
    }

    public sealed class GiveUpOnBlockedCards : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) =>
            failure.Exception is CardBlockedException || failure.Failures >= 5 ? null : TimeSpan.FromSeconds(10);
    }

    public sealed record OrderPlaced(int Number);

    public sealed record PaymentDue(int Number);

    public sealed record ReportDue;

    public interface IMailer
    {
        Task SendReceiptAsync(int order, CancellationToken cancellationToken);
    }

    public sealed class CardBlockedException : Exception;
}
