using EventTriggers;

namespace DashboardSample;

/// <summary>Orders something a few times a second, in waves, and asks to be reminded now and then.</summary>
internal sealed class Customers(IEventBus bus, ITriggerStore triggers) : BackgroundService
{
    private static readonly string[] Items = ["book", "lamp", "chair", "desk", "bicycle", "coffee"];
    private static readonly string[] Countries = ["DE", "AT", "CH", "FR", "PL"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var number = 1; !stoppingToken.IsCancellationRequested; number++)
        {
            try
            {
                await OrderAsync(number, stoppingToken);
            }
            catch (StoreUnavailableException)
            {
                // Redis is away, and the log says so. Customers come again.
            }

            var wave = 1.2 + Math.Sin(number / 40.0);
            await Task.Delay(TimeSpan.FromSeconds(0.25 * wave), stoppingToken);
        }
    }

    private async Task OrderAsync(int number, CancellationToken stop)
    {
        var order = new OrderPlaced(
            number, Math.Round((decimal)(Random.Shared.NextDouble() * 500), 2), Countries[number % Countries.Length],
            new Card($"4111 1111 1111 {number % 10000:0000}", "A. Customer"), [.. Items.Take(1 + (number % Items.Length))]);
        await bus.PublishAsync(
            order,
            new PublishOptions
            {
                Id = $"order-{number}", CorrelationId = $"customer-{number % 40}",
                Headers = new Dictionary<string, string> { ["tenant"] = number % 3 == 0 ? "north" : "south" },
            },
            stop);
        if (number % 7 == 0)
        {
            await bus.PublishAsync(new PaymentDeclined(number, "insufficient funds"), cancellationToken: stop);
        }

        if (number % 10 == 0)
        {
            await triggers.AddAsync(
                Trigger.After(TimeSpan.FromMinutes(Random.Shared.Next(1, 120))).WithId($"remind-{number}").Tagged("reminders")
                    .Publish(new Reminder(number, "Rate your order")).IfExists(OnConflict.Keep),
                stop);
        }
    }
}
