namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/coming-from/cap.md.</summary>
internal static class ComingFromCap
{
    public static async Task Publish(IEventBus bus)
    {
        await bus.PublishAsync(new OrderPlaced(42));
    }

    public static void NameTheEvent(IServiceCollection services)
    {
        services.AddRedisTriggers().AddEvent<OrderPlaced>("order.placed");
    }

    public static void Register(IServiceCollection services)
    {
        services.AddRedisTriggers(options => options.Concurrency = 8)
            .AddHandler<OrderPlaced, SendReceipt>();
    }

    public static void ASecondGroup(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddGroup("billing", group => group.AddHandler<OrderPlaced, Charge>());
    }

    public static async Task PublishWithADelay(IEventBus bus, IEventStore events)
    {
        await bus.PublishAsync(new PaymentDue(42), new PublishOptions { Delay = TimeSpan.FromMinutes(30), Id = "payment-due-42" });
        CancelOutcome outcome = await events.CancelAsync("payment-due-42");
    }

    public static async Task Headers(IEventBus bus, EventContext<OrderPlaced> context)
    {
        await bus.PublishAsync(
            new OrderPlaced(42), new PublishOptions { Headers = new Dictionary<string, string> { ["tenant"] = "acme" } });
        string tenant = context.Headers["tenant"];
    }

    public static void AnswerWithAnotherEvent(EventContext<OrderPlaced> context)
    {
        context.Publish(new ReceiptSent(context.Event.Number));
    }

    public static void Retries(IServiceCollection services)
    {
        services.AddRedisTriggers(options =>
        {
            options.MaxAttempts = 5;
            options.RetryDelay = TimeSpan.FromSeconds(10);
        });
    }

    public static async Task WhatFailedForGood(IEventStore events)
    {
        await foreach (EventRecord dead in events.QueryAsync(new EventQuery { Group = "billing", Status = DeliveryStatus.Dead }))
        {
            Console.WriteLine($"{dead.Id}: {dead.Deliveries.Single(delivery => delivery.Group == "billing").Error}");
            await events.RedriveAsync(dead.Id, "billing");
        }
    }

    public sealed class SendReceipt(IMailer mailer) : IEventHandler<OrderPlaced>
    {
        public async ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            await mailer.SendReceiptAsync(context.Event.Number, cancellationToken);
    }

    public sealed record OrderPlaced(int Number);

    public sealed record PaymentDue(int Number);

    public sealed record ReceiptSent(int Number);

    public interface IMailer
    {
        Task SendReceiptAsync(int order, CancellationToken cancellationToken);
    }

    public sealed class Charge : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) => default;
    }
}
