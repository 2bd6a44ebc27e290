using CsCheck;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Triggers;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Tests.Model;

/// <summary>Random sequences of everything that can happen to triggers, against the model, with a clock that the test moves.</summary>
public sealed class TriggerModelTests(RedisFixture redis)
{
    // So few that most steps are about one that something has happened to.
    private const int Most = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(7);
    private static readonly Misfire[] Policies = [Misfire.FireOnce, Misfire.Skip, Misfire.FireAll(3)];

    private int _runs;

    private enum Step
    {
        AddAt,
        AddOn,
        AddOnTwice,
        AddEvery,
        AddEveryThrice,
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
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 999]).List[1, 60].SampleAsync(RunAsync, iter: ModelRounds.Of(500), threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);
        var (raised, sources) = (new ManualConsumer(host), new ManualConsumer(host, TriggerMatcher.Group));
        await raised.SubscribeAsync("order.reminder");
        var matcher = Matchers.Of(host, policy: null);
        var (ids, models, published) = (new List<string>(), new List<TriggerModel>(), new List<string>());

        foreach (var (step, choice) in steps)
        {
            var now = clock.GetUtcNow();
            var at = ids.Count == 0 ? 0 : choice % ids.Count;
            var later = now.AddSeconds((choice % 40) - 5);
            var misfire = Policies[choice % Policies.Length];
            switch (step)
            {
                case Step.AddAt when ids.Count < Most:
                    ids.Add(await host.Triggers.AddAsync(Trigger.At(later).Publish(new Reminder(ids.Count))));
                    models.Add(new TriggerModel(TriggerKind.At, later, times: 1));
                    break;
                case Step.AddOn or Step.AddOnTwice when ids.Count < Most:
                    var on = Trigger.On<OrderPlaced>().Publish(new Reminder(ids.Count));
                    ids.Add(await host.Triggers.AddAsync(step == Step.AddOn ? on : on.MaxFirings(2)));
                    models.Add(new TriggerModel(TriggerKind.On, due: null, step == Step.AddOn ? null : 2, published.Count));
                    break;
                case Step.AddEvery or Step.AddEveryThrice when ids.Count < Most:
                    var every = Trigger.Every(Interval).StartingAt(later).OnMisfire(misfire).Publish(new Reminder(ids.Count));
                    ids.Add(await host.Triggers.AddAsync(step == Step.AddEvery ? every : every.MaxFirings(3)));
                    models.Add(new RecurringModel(later, Interval, misfire, step == Step.AddEvery ? null : 3, now));
                    break;
                case Step.Advance:
                    while (await raised.AdvanceAsync() is >= 0 and var next && next <= now.ToUnixTimeMilliseconds())
                    {
                        // A script fires a bounded number.
                    }

                    models.ForEach(model => model.Advance(now));
                    break;
                case Step.PublishSource:
                    published.Add((await host.Bus.PublishAsync(new OrderPlaced(1))).Id);
                    break;
                case Step.Match:
                    // Each twice, as after a crash between firing and settling.
                    var found = await sources.ClaimAllAsync();
                    foreach (var source in found.Concat(found))
                    {
                        (await matcher.RunAsync(source)).Outcome.Should().Be(Outcome.Done);
                    }

                    await sources.SettleAsync([.. found.Select(source => new Settlement(source, Outcome.Done))]);
                    found.ToList()
                        .ForEach(
                            source => models.ForEach(
                                model => model.Match(
                                    UnixTime.ToDateTimeOffset(source.Delivery.PublishedMs), published.IndexOf(source.Delivery.Id))));
                    break;
                case Step.Wait:
                    clock.Advance(TimeSpan.FromSeconds(choice % 100 == 0 ? 300 : choice % 20));
                    break;
                case Step.Pause when ids.Count > 0:
                    (await host.Triggers.PauseAsync(ids[at])).Should().Be(models[at].Pause());
                    break;
                case Step.Resume when ids.Count > 0:
                    (await host.Triggers.ResumeAsync(ids[at])).Should().Be(models[at].Resume(now));
                    break;
                case Step.Reschedule when ids.Count > 0 && models[at].Kind != TriggerKind.On:
                    (await host.Triggers.RescheduleAsync(ids[at], later)).Should().Be(models[at].Reschedule(later));
                    break;
                case Step.FireNow when ids.Count > 0:
                    (await host.Triggers.FireNowAsync(ids[at])).Should().Be(models[at].FireNow(now));
                    break;
                case Step.Cancel when ids.Count > 0:
                    (await host.Triggers.CancelAsync(ids[at])).Should().Be(models[at].Cancel());
                    break;
            }

            var records = await Task.WhenAll(ids.Select(id => host.Triggers.FindAsync(id).AsTask()));
            records.Select(record => (record!.Status, (int)record.FiringCount, record.DueAt)).Should().Equal(models.Select((model, i) =>
                (model.Status, model.Fired, model.IsOver ? records[i]!.DueAt : model.Due)));
        }

        // What the triggers say they fired is what arrived.
        var arrived = await raised.ClaimAllAsync();
        arrived.Select(lease => lease.Delivery.Id).Should().OnlyHaveUniqueItems().And.HaveCount(models.Sum(model => model.Fired));
        var firings = arrived.Select(static lease => FiringJson.Read(lease.Delivery.Firing, lease.Delivery.Sources)!)
            .ToLookup(static firing => firing.TriggerId);
        for (var i = 0; i < ids.Count; i++)
        {
            firings[ids[i]].OrderBy(static firing => firing.Sequence).Select(static firing => (firing.DueAt, firing.Missed)).Should()
                .Equal(models[i].Firings);
        }

        (await host.Triggers.QueryAsync(new TriggerQuery()).CountAsync()).Should().Be(ids.Count);

        // Now and then: it looks at every key of the server.
        if (Interlocked.Increment(ref _runs) % 50 == 0)
        {
            (await raised.RepairAsync()).Should().Be(0, "everything is where it belongs");
        }
    }
}
