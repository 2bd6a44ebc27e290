namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/faq.md.</summary>
internal static class Faq
{
    public static async Task PublishOnce(IEventBus bus)
    {
        PublishResult result = await bus.PublishAsync(new OrderPlaced(42, 99.90m), new PublishOptions { Id = "order-42" });
        bool isNew = result.Outcome == PublishOutcome.Accepted;
    }

    public static async Task Redrive(IEventStore events)
    {
        string operation = await events.RedriveAsync(new EventQuery { Group = "billing" });
    }

    public sealed class Charge(IPayments payments) : IEventHandler<OrderPlaced>
    {
        public async ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            await payments.ChargeOnceAsync(context.Id, context.Event.Total, cancellationToken);
    }

    public sealed class GiveUpOnBadInput : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) =>
            failure.Exception is ArgumentException || failure.Failures >= 10 ? null : TimeSpan.FromSeconds(10);
    }

    public interface IPayments
    {
        Task ChargeOnceAsync(string key, decimal amount, CancellationToken cancellationToken);
    }

    public sealed record OrderPlaced(int Number, decimal Total);
}
