namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/coming-from/hangfire.md.</summary>
internal static class ComingFromHangfire
{
    public static async Task RunSomethingInTheBackground(IEventBus bus)
    {
        await bus.PublishAsync(new OrderPlaced(42));
    }

    public static void RegisterIt(IServiceCollection services)
    {
        services.AddRedisTriggers(options => options.Concurrency = 8)
            .AddHandler<OrderPlaced, SendReceipt>();
    }

    public static async Task RunItLater(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(30)).Publish(new PaymentDue(42)).WithId("remind-42"));
    }

    public static async Task CancelIt(ITriggerStore triggers)
    {
        CancelOutcome outcome = await triggers.CancelAsync("remind-42");
    }

    public static void RunItOnASchedule(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddTrigger("daily-report", Trigger.Cron("0 9 * * MON-FRI", "Europe/Berlin").Publish(new ReportDue()));
    }

    public static async Task RunARecurringJobNow(ITriggerStore triggers)
    {
        ChangeOutcome fired = await triggers.FireNowAsync("daily-report");
    }

    public static void RunSomethingAfterIt(EventContext<OrderPlaced> context)
    {
        context.Publish(new ReceiptSent(context.Event.Number));
    }

    public static void Retry(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddHandler<OrderPlaced, SendReceipt>(handler => handler.MaxAttempts = 4);
    }

    public static void GiveOneKindOfWorkItsOwnWorkers(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddGroup("billing", group =>
            {
                group.Concurrency = 2;
                group.AddHandler<OrderPlaced, Charge>();
            });
    }

    public sealed class SendReceipt(IMailer mailer) : IEventHandler<OrderPlaced>
    {
        public async ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            await mailer.SendReceiptAsync(context.Event.Number, cancellationToken);
    }

    public sealed record OrderPlaced(int Number);

    public sealed record PaymentDue(int Number);

    public sealed record ReceiptSent(int Number);

    public sealed record ReportDue;

    public interface IMailer
    {
        Task SendReceiptAsync(int order, CancellationToken cancellationToken);
    }

    public sealed class Charge : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) => default;
    }
}
