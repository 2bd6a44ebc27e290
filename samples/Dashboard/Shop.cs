using EventTriggers;

namespace DashboardSample;

/// <summary>What the shop does: most of it works, some payments are declined, and some of them for good.</summary>
internal static class Shop
{
    private static readonly string[] Reasons = ["insufficient funds", "the card has expired", "the bank does not answer"];

    public static async ValueTask ConfirmAsync(EventContext<OrderPlaced> context, CancellationToken stop) =>
        await Task.Delay(Random.Shared.Next(5, 40), stop);

    public static async ValueTask PayAsync(EventContext<OrderPlaced> context, CancellationToken stop)
    {
        await Task.Delay(Random.Shared.Next(20, 200), stop);
        var number = context.Event.Number;
        if (number % 19 == 0 || (number % 7 == 0 && Random.Shared.Next(2) == 0))
        {
            throw new InvalidOperationException($"The payment of order {number} was declined: {Reasons[number % Reasons.Length]}.");
        }
    }

    public static async ValueTask PackAsync(EventContext<OrderPlaced> context, CancellationToken stop) =>
        await Task.Delay(Random.Shared.Next(50, 400), stop);

    public static async ValueTask AskForAnotherCardAsync(EventContext<PaymentDeclined> context, CancellationToken stop) =>
        await Task.Delay(Random.Shared.Next(5, 40), stop);

    public static ValueTask RemindAsync(EventContext<Reminder> context, CancellationToken stop) => ValueTask.CompletedTask;

    public static async ValueTask ReportAsync(EventContext<Report> context, CancellationToken stop) =>
        await Task.Delay(Random.Shared.Next(100, 900), stop);
}
