using CsCheck;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Two clients act on one trigger, or on one delivery, at the same time. Whatever they are told, and whatever is left, must be what some
/// order of their steps, one after another, would have given by the model.
/// </summary>
public sealed class ParallelTests(RedisFixture redis)
{
    private const int Runs = 300;
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    private enum TriggerStep
    {
        Advance,
        Pause,
        Resume,
        MoveToNow,
        MoveToLater,
        FireNow,
        Cancel,
    }

    private enum DeliveryStep
    {
        Claim,
        Done,
        Retry,
        Release,
        Dead,
        Cancel,
        Redrive,
    }

    [Fact]
    public async Task OfATrigger_StepsHappenInSomeOrder() =>
        await Gen.Select(Gen.Bool, Gen.Enum<TriggerStep>().List[1, 3], Gen.Enum<TriggerStep>().List[1, 3])
            .SampleAsync(RunAsync, iter: Runs, threads: 1);

    [Fact]
    public async Task OfADelivery_StepsHappenInSomeOrder() =>
        await Gen.Select(Gen.Enum<DeliveryStep>().List[1, 4], Gen.Enum<DeliveryStep>().List[1, 4])
            .SampleAsync(RunAsync, iter: Runs, threads: 1);

    // True and false stand for the first client and the second.
    private static IEnumerable<bool[]> Orders(int first, int second) =>
        first == 0 && second == 0 ? [[]]
        : (first == 0 ? [] : Orders(first - 1, second).Select(static rest => (bool[])[true, .. rest]))
            .Concat(second == 0 ? [] : Orders(first, second - 1).Select(static rest => (bool[])[false, .. rest]));

    private static string Explain(IEnumerable<string> first, IEnumerable<string> second, string end) =>
        $"{string.Join(' ', first)} | {string.Join(' ', second)} -> {end}";

    private async Task RunAsync((bool IsDue, List<TriggerStep> First, List<TriggerStep> Second) run)
    {
        var clock = Clock.At2030();
        var now = clock.GetUtcNow();
        var due = run.IsDue ? now : now + Later;
        await using var one = TestHost.Create(redis, time: clock);
        await using var two = TestHost.Create(redis, time: clock, prefix: one.Prefix, connection: redis.Connection);
        var raised = new ManualConsumer(one);
        await raised.SubscribeAsync("order.reminder");
        var id = await one.Triggers.AddAsync(Trigger.At(due).Publish(new Reminder(1)));
        await two.Triggers.FindAsync(id);

        var told = await Task.WhenAll(ActAsync(one, id, now, run.First), ActAsync(two, id, now, run.Second));
        var record = (await one.Triggers.FindAsync(id))!;
        var claimed = await raised.ClaimAllAsync();
        var seen = Explain(told[0], told[1], $"{record.Status} {record.FiringCount} {claimed.Count}");

        Orders(run.First.Count, run.Second.Count)
            .Select(order => Model(order, new TriggerModel(TriggerKind.At, due, 1), now, run.First, run.Second))
            .Should().Contain(seen);
    }

    private static async Task<List<string>> ActAsync(TestHost host, string id, DateTimeOffset now, List<TriggerStep> steps)
    {
        await Task.Yield();
        var told = new List<string>();
        var consumer = new ManualConsumer(host);
        foreach (var step in steps)
        {
            told.Add(step switch
            {
                TriggerStep.Advance => await AdvanceAsync(consumer),
                TriggerStep.Pause => $"{await host.Triggers.PauseAsync(id)}",
                TriggerStep.Resume => $"{await host.Triggers.ResumeAsync(id)}",
                TriggerStep.MoveToNow => $"{await host.Triggers.RescheduleAsync(id, now)}",
                TriggerStep.MoveToLater => $"{await host.Triggers.RescheduleAsync(id, now + Later)}",
                TriggerStep.FireNow => $"{await host.Triggers.FireNowAsync(id)}",
                _ => $"{await host.Triggers.CancelAsync(id)}",
            });
        }

        return told;
    }

    private static async Task<string> AdvanceAsync(ManualConsumer consumer)
    {
        await consumer.AdvanceAsync();
        return "-";
    }

    private static string Model(bool[] order, TriggerModel model, DateTimeOffset now, List<TriggerStep> first, List<TriggerStep> second)
    {
        var (a, b) = (new List<string>(), new List<string>());
        foreach (var isFirst in order)
        {
            var (steps, told) = isFirst ? (first, a) : (second, b);
            var step = steps[told.Count];
            if (step == TriggerStep.Advance)
            {
                model.Advance(now);
            }

            told.Add(step switch
            {
                TriggerStep.Advance => "-",
                TriggerStep.Pause => $"{model.Pause()}",
                TriggerStep.Resume => $"{model.Resume(now)}",
                TriggerStep.MoveToNow => $"{model.Reschedule(now)}",
                TriggerStep.MoveToLater => $"{model.Reschedule(now + Later)}",
                TriggerStep.FireNow => $"{model.FireNow(now)}",
                _ => $"{model.Cancel()}",
            });
        }

        return Explain(a, b, $"{model.Status} {model.Fired} {model.Fired}");
    }

    private async Task RunAsync((List<DeliveryStep> First, List<DeliveryStep> Second) run)
    {
        var clock = Clock.At2030();
        await using var one = TestHost.Create(redis, configure: options => options.LeaseDuration = DeliveryModel.Lease, time: clock);
        await using var two = TestHost.Create(
            redis, configure: options => options.LeaseDuration = DeliveryModel.Lease, time: clock, prefix: one.Prefix,
            connection: redis.Connection);
        await new ManualConsumer(one).SubscribeAsync("order.placed");
        var id = (await one.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await two.Events.FindAsync(id);

        var told = await Task.WhenAll(ActAsync(one, id, run.First), ActAsync(two, id, run.Second));
        var delivery = (await one.Events.FindAsync(id))!.Deliveries[0];
        var seen = Explain(told[0], told[1], $"{delivery.Status} {delivery.Attempt} {delivery.Fence}");

        Orders(run.First.Count, run.Second.Count).Select(order => Model(order, clock.GetUtcNow(), run.First, run.Second)).Should()
            .Contain(seen);
    }

    private static async Task<List<string>> ActAsync(TestHost host, string id, List<DeliveryStep> steps)
    {
        await Task.Yield();
        var told = new List<string>();
        var consumer = new ManualConsumer(host);
        Lease? lease = null;
        foreach (var step in steps)
        {
            switch (step)
            {
                case DeliveryStep.Claim:
                    var claimed = await consumer.ClaimAsync();
                    lease = claimed.Count > 0 ? claimed[0] : lease;
                    told.Add(claimed.Count > 0 ? $"{lease!.Delivery.Fence}" : "-");
                    break;
                case DeliveryStep.Cancel:
                    told.Add($"{await host.Events.CancelAsync(id)}");
                    break;
                case DeliveryStep.Redrive:
                    told.Add($"{await host.Events.RedriveAsync(id)}");
                    break;
                default:
                    if (lease is not null)
                    {
                        await consumer.SettleAsync(new Settlement(lease, OutcomeOf(step)) { Delay = DeliveryModel.Delay });
                    }

                    told.Add("-");
                    break;
            }
        }

        return told;
    }

    private static string Model(bool[] order, DateTimeOffset now, List<DeliveryStep> first, List<DeliveryStep> second)
    {
        var model = DeliveryModel.Published(now, delayed: false);
        var (a, b) = (new List<string>(), new List<string>());
        var fences = new long[2];
        foreach (var isFirst in order)
        {
            var (steps, told, who) = isFirst ? (first, a, 0) : (second, b, 1);
            var step = steps[told.Count];
            switch (step)
            {
                case DeliveryStep.Claim:
                    var before = model.Fence;
                    model.Claim(now);
                    fences[who] = model.Fence > before ? model.Fence : fences[who];
                    told.Add(model.Fence > before ? $"{model.Fence}" : "-");
                    break;
                case DeliveryStep.Cancel:
                    told.Add($"{model.Cancel()}");
                    break;
                case DeliveryStep.Redrive:
                    told.Add($"{model.Redrive()}");
                    break;
                default:
                    model.Settle(fences[who], OutcomeOf(step), now);
                    told.Add("-");
                    break;
            }
        }

        return Explain(a, b, $"{model.Status} {model.Attempt} {model.Fence}");
    }

    private static Outcome OutcomeOf(DeliveryStep step) => step switch
    {
        DeliveryStep.Done => Outcome.Done,
        DeliveryStep.Retry => Outcome.Retry,
        DeliveryStep.Release => Outcome.Release,
        _ => Outcome.Dead,
    };
}
