namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/coming-from/masstransit.md.</summary>
internal static class ComingFromMassTransit
{
    public static async Task Publish(IEventBus bus, CancellationToken cancellationToken)
    {
        await bus.PublishAsync(new OrderPlaced(42), cancellationToken: cancellationToken);
    }

    public static void Register(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddHandler<OrderPlaced, SendReceipt>();
    }

    public static void AnEndpointOfItsOwn(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddGroup("billing", group =>
            {
                group.Concurrency = 8;
                group.AddHandler<OrderPlaced, Charge>();
            });
    }

    public static void RetryWithGrowingDelays(IServiceCollection services)
    {
        services.AddRedisTriggers(options =>
        {
            options.MaxAttempts = 6;
            options.RetryDelay = TimeSpan.FromSeconds(1);
            options.MaxRetryDelay = TimeSpan.FromMinutes(10);
        });
    }

    public static async Task ScheduleAMessage(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(30)).Publish(new PaymentDue(42)).WithId("payment-due-42"));
    }

    public static async Task CancelIt(ITriggerStore triggers)
    {
        CancelOutcome outcome = await triggers.CancelAsync("payment-due-42");
    }

    public static void PublishFromAConsumer(EventContext<OrderPlaced> context)
    {
        context.Publish(new ReceiptSent(context.Event.Number));
    }

    public static async Task ATimeOutOfASaga(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.On<OrderPlaced>().Per(order => order.Number)
            .NotFollowedBy<OrderPaid>().Within(TimeSpan.FromMinutes(30))
            .Publish(new Reminder()).WithId("remind-of-payment"));
    }

    public sealed class SendReceipt(IMailer mailer) : IEventHandler<OrderPlaced>
    {
        public async ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            await mailer.SendReceiptAsync(context.Event.Number, cancellationToken);
    }

    public sealed class GiveUpOnBadInput : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) =>
            failure.Exception is ArgumentException || failure.Failures > 5 ? null : TimeSpan.FromSeconds(10);
    }

    public sealed record OrderPlaced(int Number);

    public sealed record OrderPaid(int Number);

    public sealed record PaymentDue(int Number);

    public sealed record ReceiptSent(int Number);

    public sealed record Reminder;

    public interface IMailer
    {
        Task SendReceiptAsync(int order, CancellationToken cancellationToken);
    }

    public sealed class Charge : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) => default;
    }
}
