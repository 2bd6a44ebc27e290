using System.Diagnostics;
using System.Globalization;
using EventTriggers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace QuickStart;

internal sealed record OrderPlaced(int Number, decimal Total);

internal sealed record OrderPaid(int Number);

internal sealed record PaymentReminder(int Number);

internal sealed record Welcome(string Name);

internal sealed record Heartbeat;

internal sealed record AccountChanged(string Account, int Number);

internal sealed record ReceiptDue(int Number);

/// <summary>Everything in one minute: events, retries, dead letters, triggers.</summary>
internal static class Tour
{
    public static async Task<int> RunAsync(IConnectionMultiplexer connection, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var gatewayIsUp = false;
        var mailIsBusy = true;
        var handled = new Tally();

        // 1. Register: which events there are, and who handles them.
        var services = new ServiceCollection();
        services.AddSingleton(connection);
        services.AddRedisTriggers(options =>
            {
                options.KeyPrefix = $"quickstart-{Guid.NewGuid():N}"[..20];
                options.MaxAttempts = 3;
                options.RetryDelay = TimeSpan.FromMilliseconds(50);
            })
            .AddEvent<OrderPlaced>("order.placed")
            .AddEvent<OrderPaid>("order.paid")
            .AddEvent<PaymentReminder>("payment.reminder")
            .AddEvent<Welcome>("welcome")
            .AddEvent<Heartbeat>("heartbeat")
            .AddEvent<AccountChanged>("account.changed", key: static change => change.Account)
            .AddEvent<ReceiptDue>("receipt.due")
            .AddGroup("ledger", group => group.InOrder().AddHandler<AccountChanged>(async (context, token) =>
            {
                await Task.Delay(20, token);
                Say($"handled   change {context.Event.Number} of {context.Key}");
                handled.Add(context);
            }))
            .AddGroup("mail", group => group
                .Limit("mail-api", 50, per: TimeSpan.FromSeconds(1), burst: 1)
                .AddHandler<ReceiptDue>(SendReceipt))
            .AddHandler<OrderPlaced>((context, _) =>
            {
                var took = DateTimeOffset.UtcNow - context.PublishedAt;
                Say($"handled   order {context.Event.Number} over {context.Event.Total}, {Math.Max(0, took.TotalMilliseconds):0} ms after "
                    + "it was published");
                handled.Add(context);
                return default;
            })
            .AddHandler<OrderPaid>((context, _) =>
            {
                if (!gatewayIsUp && (context.Event.Number != 1 || context.Attempt < 2))
                {
                    Say($"failing   payment of order {context.Event.Number}, attempt {context.Attempt}");
                    throw new InvalidOperationException("The payment gateway is down.");
                }

                Say($"handled   payment of order {context.Event.Number}, attempt {context.Attempt}");
                handled.Add(context);
                return default;
            })
            .AddHandler<PaymentReminder>((context, _) =>
            {
                var firing = context.Firing!;
                Say(firing.Sources is [var source]
                    ? $"handled   reminder raised by event {source.Type} {source.Payload.Length} bytes"
                    : $"handled   reminder of a time trigger, fired {(firing.FiredAt - firing.DueAt).TotalMilliseconds:0} ms after it was "
                        + "due");
                handled.Add(context);
                return default;
            })
            .AddHandler<Welcome>((context, _) =>
            {
                Say($"handled   delayed welcome of {context.Event.Name}");
                handled.Add(context);
                return default;
            })
            .AddHandler<Heartbeat>((context, _) =>
            {
                var firing = context.Firing!;
                Say($"handled   heartbeat {firing.Sequence}, due {firing.DueAt:HH:mm:ss.fff}, fired "
                    + $"{(firing.FiredAt - firing.DueAt).TotalMilliseconds:0} ms later");
                handled.Add(context);
                return default;
            });

        await using var provider = services.BuildServiceProvider();
        var bus = provider.GetRequiredService<IEventBus>();
        var events = provider.GetRequiredService<IEventStore>();
        var triggers = provider.GetRequiredService<ITriggerStore>();

        // 2. Consume, for as long as the host wants. To stop is to drain: the last outcomes are recorded when the loop returns.
        using var consuming = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(consuming.Token);
        try
        {
            await ShowAsync();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Say("stopping");
        }
        finally
        {
            await consuming.CancelAsync();
            await loop;
        }

        Title("Counts");
        var counts = await events.CountAsync(cancellationToken: CancellationToken.None);
        Say($"ready {counts.Ready}, delayed {counts.Delayed}, leased {counts.Leased}, dead {counts.Dead}, processed {counts.Processed}");
        var (ledger, mail) = (
            await events.CountAsync("ledger", CancellationToken.None), await events.CountAsync("mail", CancellationToken.None));
        Say($"processed by ledger {ledger.Processed}, by mail {mail.Processed}");
        var isAsTold = counts is { Ready: 0, Delayed: 0, Leased: 0, Dead: 0, Processed: 10 }
            && (ledger.Processed, mail.Processed) == (6, 3);
        return isAsTold ? 0 : 1;

        async Task ShowAsync()
        {
            Title("Publish and handle");
            await bus.PublishAsync(new OrderPlaced(1, 99.90m), cancellationToken: stop);
            await handled.ReachAsync(1, stop);

            Title("A retry that succeeds, and one that ends as a dead letter and is redriven");
            await bus.PublishAsync(new OrderPaid(1), cancellationToken: stop);
            await handled.ReachAsync(2, stop);
            var doomed = (await bus.PublishAsync(new OrderPaid(2), cancellationToken: stop)).Id;
            var dead = await UntilDeadAsync(events, doomed, stop);
            Say($"dead      {doomed} after {dead.Attempt} attempts: {dead.Error}");
            gatewayIsUp = true;
            await events.RedriveAsync(doomed, cancellationToken: stop);
            await handled.ReachAsync(3, stop);

            Title("Triggers: one fires, one is cancelled before it is due, one waits for events of more than 10");
            await triggers.AddAsync(Trigger.After(TimeSpan.FromMilliseconds(300)).Publish(new PaymentReminder(1)), stop);
            var later = await triggers.AddAsync(
                Trigger.After(TimeSpan.FromDays(1)).Publish(new PaymentReminder(2)).WithId("remind-2"), stop);
            var outcome = await triggers.CancelAsync(later, stop);
            Say($"cancelled {later}: {outcome}, its status is {(await triggers.FindAsync(later, stop))!.Status}");
            await triggers.AddAsync(
                Trigger.On<OrderPlaced>().Where(o => o.Total > 10).Publish(new PaymentReminder(3)).WithId("on-order"), stop);
            await bus.PublishAsync(new OrderPlaced(3, 12m), cancellationToken: stop);
            await handled.ReachAsync(6, stop);

            Title("A delayed event");
            await bus.PublishAsync(new Welcome("Ada"), new PublishOptions { Delay = TimeSpan.FromMilliseconds(200) }, stop);
            await handled.ReachAsync(7, stop);

            Title("A schedule: each second, three times");
            var schedule = await triggers.AddAsync(
                Trigger.Cron("* * * * * *").MaxFirings(3).Publish(new Heartbeat()).WithId("heartbeat"), stop);
            var preview = (await triggers.FindAsync(schedule, stop))!.Preview(3);
            Say($"preview   {string.Join(", ", preview.Select(static at => at.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)))}");
            await handled.ReachAsync(10, stop);

            Title("Events of an account one after another, and accounts side by side");
            await bus.PublishManyAsync(
                [.. Enumerable.Range(1, 3).SelectMany(static n => new[] { new AccountChanged("anna", n), new AccountChanged("ben", n) })],
                cancellationToken: stop);
            await handled.ReachAsync(16, stop);

            Title("A remote system answers 429: its limit stands still for everybody, and no attempt is spent");
            await bus.PublishManyAsync([new ReceiptDue(1), new ReceiptDue(2), new ReceiptDue(3)], cancellationToken: stop);
            await handled.ReachAsync(19, stop);
        }

        ValueTask SendReceipt(EventContext<ReceiptDue> context, CancellationToken token)
        {
            if (mailIsBusy)
            {
                mailIsBusy = false;
                Say($"429       for receipt {context.Event.Number}: come back in 300 ms");
                throw new RetryLaterException(TimeSpan.FromMilliseconds(300), limit: "mail-api");
            }

            Say($"handled   receipt {context.Event.Number}, attempt {context.Attempt}");
            handled.Add(context);
            return default;
        }

        void Say(string text) => Console.WriteLine($"  {clock.Elapsed.TotalSeconds,6:0.000} s  {text}");
        void Title(string text) => Console.WriteLine($"\n{text}");
    }

    private static async Task<DeliveryRecord> UntilDeadAsync(IEventStore events, string id, CancellationToken stop)
    {
        while (true)
        {
            if (await events.FindAsync(id, stop) is { Deliveries: [{ Status: DeliveryStatus.Dead } dead] })
            {
                return dead;
            }

            await Task.Delay(20, stop);
        }
    }
}
