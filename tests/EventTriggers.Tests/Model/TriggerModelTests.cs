using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EventTriggers.Tests.Model;

/// <summary>Random sequences of everything that can happen to triggers, against the model, with a clock that the test moves.</summary>
public sealed class TriggerModelTests(RedisFixture redis)
{
    private int _runs;

    private enum Step
    {
        AddAt,
        AddOn,
        AddOnTwice,
        Advance,
        PublishSource,
        Match,
        Pause,
        Resume,
        Reschedule,
        FireNow,
        Cancel,
        Wait,
    }

    [Fact]
    public async Task AnySequence_EndsWhereTheModelDoes() =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 999]).List[1, 60].SampleAsync(RunAsync, iter: 500, threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (raised, sources) = (new ManualConsumer(host), new ManualConsumer(host, TriggerMatcher.Group));
        await raised.SubscribeAsync("order.reminder");
        var matcher = new TriggerMatcher(
            host.Keyspace, new Verdict(new ExponentialRetryPolicy(Options.Create(host.Keyspace.Options)), host.Keyspace.Options, NullLogger.Instance));
        var (ids, models) = (new List<TriggerId>(), new List<TriggerModel>());

        foreach (var (step, choice) in steps)
        {
            var now = clock.GetUtcNow();
            var at = ids.Count == 0 ? 0 : choice % ids.Count;
            var later = now.AddSeconds((choice % 40) - 5);
            switch (step)
            {
                case Step.AddAt:
                    ids.Add(await host.Triggers.AddAsync(Trigger.At(later).Publish(new Reminder(ids.Count))));
                    models.Add(new TriggerModel(TriggerKind.At, later, times: 1, now));
                    break;
                case Step.AddOn or Step.AddOnTwice:
                    var on = Trigger.On<OrderPlaced>().Publish(new Reminder(ids.Count));
                    ids.Add(await host.Triggers.AddAsync(step == Step.AddOn ? on : on.Times(2)));
                    models.Add(new TriggerModel(TriggerKind.On, due: null, step == Step.AddOn ? null : 2, now));
                    break;
                case Step.Advance:
                    await raised.AdvanceAsync();
                    models.ForEach(model => model.Advance(now));
                    break;
                case Step.PublishSource:
                    await host.Bus.PublishAsync(new OrderPlaced(1));
                    break;
                case Step.Match:
                    // Each twice, as after a crash between firing and settling.
                    var found = await sources.ClaimAllAsync();
                    foreach (var source in found.Concat(found))
                    {
                        (await matcher.RunAsync(source)).Outcome.Should().Be(Outcome.Done);
                    }

                    await sources.SettleAsync([.. found.Select(source => new Settlement(source, Outcome.Done))]);
                    found.ToList().ForEach(source => models.ForEach(model => model.Match(Unix.Time(source.Delivery.PublishedMs))));
                    break;
                case Step.Wait:
                    clock.Advance(TimeSpan.FromSeconds(choice % 20));
                    break;
                case Step.Pause when ids.Count > 0:
                    (await host.Triggers.PauseAsync(ids[at])).Should().Be(models[at].Pause());
                    break;
                case Step.Resume when ids.Count > 0:
                    (await host.Triggers.ResumeAsync(ids[at])).Should().Be(models[at].Resume());
                    break;
                case Step.Reschedule when ids.Count > 0 && (await host.Triggers.FindAsync(ids[at]))!.Kind == TriggerKind.At:
                    (await host.Triggers.RescheduleAsync(ids[at], later)).Should().Be(models[at].Reschedule(later));
                    break;
                case Step.FireNow when ids.Count > 0:
                    (await host.Triggers.FireNowAsync(ids[at])).Should().Be(models[at].FireNow());
                    break;
                case Step.Cancel when ids.Count > 0:
                    (await host.Triggers.CancelAsync(ids[at])).Should().Be(models[at].Cancel());
                    break;
            }

            var records = await Task.WhenAll(ids.Select(id => host.Triggers.FindAsync(id).AsTask()));
            records.Select(record => (record!.Status, (int)record.Fired)).Should().Equal(models.Select(model => (model.Status, model.Fired)));
        }

        // What the triggers say they fired is what arrived.
        var arrived = await raised.ClaimAllAsync();
        arrived.Select(lease => lease.Delivery.Id).Should().OnlyHaveUniqueItems().And.HaveCount(models.Sum(model => model.Fired));
        (await host.Triggers.QueryAsync(new TriggerQuery()).CountAsync()).Should().Be(ids.Count);

        // Now and then: it looks at every key of the server.
        if (Interlocked.Increment(ref _runs) % 50 == 0)
        {
            (await raised.MendAsync()).Should().Be(0, "everything is where it belongs");
        }
    }
}
