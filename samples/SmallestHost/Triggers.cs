using EventTriggers;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The triggers that README.md shows.</summary>
internal static class Triggers
{
    public static async Task<CancelOutcome> AddAsync(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.After(TimeSpan.FromMinutes(30)).Publish(new CartAbandoned(7)).WithId("cart-7"));
        await triggers.AddAsync(Trigger.Cron("0 9 * * MON-FRI", "Europe/Berlin").Publish(new DailyReport()).WithId("report"));
        await triggers.AddAsync(Trigger.On<OrderPlaced>().Where(o => o.Total > 1000)
            .Publish(new CheckByHand()).WithId("check-large-orders").Tagged("fraud"));
        await triggers.AddAsync(Trigger.On<OrderPlaced>().Per(o => o.Number).NotFollowedBy<OrderPaid>().Within(TimeSpan.FromMinutes(30))
            .Publish(new Reminder()).WithId("remind-of-payment"));
        CancelOutcome outcome = await triggers.CancelAsync("cart-7");   // Canceled, TooLate or NotFound: never an uncertain answer

        return outcome;
    }

    public static void Declare(IServiceCollection services)
    {
        services.AddRedisTriggers().AddTrigger("nightly", Trigger.Cron("0 3 * * *").OnMisfire(Misfire.FireOnce).Publish(new Cleanup()));
    }
}

internal sealed record OrderPaid(int Number);

internal sealed record CartAbandoned(int Cart);

internal sealed record CheckByHand;

internal sealed record DailyReport;

internal sealed record Reminder;

internal sealed record Cleanup;
