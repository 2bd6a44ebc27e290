namespace ShopTests;

/// <summary>What the tests are about. In a solution of yours it is another project.</summary>
public static class Shop
{
    public static IServiceCollection AddShop(this IServiceCollection services)
    {
        services.AddScoped<Checkout>();
        services.AddRedisTriggers(options => options.KeyPrefix = "shop")
            .AddHandler<Reminder, SendReminder>()
            .AddTrigger("remind-of-payment", Trigger.On<OrderPlaced>().Per(order => order.Number)
                .NotFollowedBy<OrderPaid>(paid => paid.Per(order => order.Number)).Within(TimeSpan.FromMinutes(30))
                .Publish(new EventTemplate("reminder", """{"number":"$.number"}""")));
        return services;
    }
}

public sealed record OrderPlaced(int Number);

public sealed record OrderPaid(int Number);

[EventType("reminder")]
public sealed record Reminder(int Number);

public sealed record ReminderSent(int Number);

/// <summary>Places orders.</summary>
public sealed class Checkout(IEventBus bus)
{
    /// <summary>Places an order once, however often it is called.</summary>
    public async Task<bool> PlaceAsync(int number)
    {
        var result = await bus.PublishAsync(new OrderPlaced(number), new PublishOptions { Id = $"order-{number}/placed" });
        return result.Outcome == PublishOutcome.Accepted;
    }
}

/// <summary>Sends reminders by mail.</summary>
public sealed class SendReminder(IMailer mailer) : IEventHandler<Reminder>
{
    public async ValueTask HandleAsync(EventContext<Reminder> context, CancellationToken cancellationToken)
    {
        await mailer.SendAsync($"Please pay order {context.Event.Number}.", cancellationToken);
        context.Publish(new ReminderSent(context.Event.Number));
    }
}

/// <summary>Sends mails.</summary>
public interface IMailer
{
    Task SendAsync(string text, CancellationToken cancellationToken);
}
