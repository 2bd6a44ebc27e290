using CsCheck;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>Random sequences of everything that can happen to deliveries, against the model, with a clock that the test moves.</summary>
public sealed class DeliveryModelTests(RedisFixture redis)
{
    private static readonly Outcome[] Outcomes = [Outcome.Done, Outcome.Retry, Outcome.Dead, Outcome.Release, Outcome.Skip, Outcome.Cancel];

    private int _runs;

    private enum Step
    {
        Publish,
        PublishDelayed,
        PublishExpiring,
        Claim,
        ClaimByAnother,
        Settle,
        Renew,
        Reap,
        Wait,
        Cancel,
        Redrive,
    }

    [Fact]
    public async Task AnySequence_EndsWhereTheModelDoes() =>
        await Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 999]).List[1, 60].SampleAsync(RunAsync, iter: ModelRounds.Of(250), threads: 1);

    private async Task RunAsync(List<(Step Step, int Choice)> steps)
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(
            redis, configure: options => (
                options.LeaseDuration, options.MaxCrashes) = (DeliveryModel.Lease, DeliveryModel.MaxCrashes), time: clock);
        var consumers = new[] { new ManualConsumer(host, time: clock), new ManualConsumer(host, time: clock) };
        foreach (var consumer in consumers)
        {
            await consumer.SubscribeAsync("order.placed");
        }

        var (ids, models, leases) = (new List<string>(), new List<DeliveryModel>(), new List<Lease>());
        var silence = new SilenceModel();

        foreach (var (step, choice) in steps)
        {
            var now = clock.GetUtcNow();
            switch (step)
            {
                case Step.Publish or Step.PublishDelayed or Step.PublishExpiring:
                    var (delayed, expires) = (step == Step.PublishDelayed, step == Step.PublishExpiring);
                    ids.Add((await host.Bus.PublishAsync(new OrderPlaced(ids.Count), new PublishOptions
                    {
                        Delay = delayed ? DeliveryModel.Delay : null,
                        ExpiresAfter = expires ? DeliveryModel.Expiry : null,
                    })).Id);
                    models.Add(DeliveryModel.Published(now, delayed, expires));
                    break;
                case Step.Claim or Step.ClaimByAnother:
                    leases.AddRange(await consumers[step == Step.Claim ? 0 : 1].ClaimAllAsync());
                    silence.Call(now, models.Exists(static model => model.Status == DeliveryStatus.Leased));
                    models.ForEach(model => model.Claim(now));
                    break;
                case Step.Settle when leases.Count > 0:
                    var (lease, outcome) = (leases[choice % leases.Count], Outcomes[choice / 7 % Outcomes.Length]);
                    await consumers[0].SettleAsync(new Settlement(lease, outcome) { Delay = DeliveryModel.Delay });
                    models[ids.IndexOf(lease.Delivery.Id)].Settle(lease.Delivery.Fence, outcome, now);
                    break;
                case Step.Renew:
                    await consumers[1].RenewAsync();
                    if (consumers[1].Held.Count > 0)
                    {
                        silence.Call(now, models.Exists(static model => model.Status == DeliveryStatus.Leased));
                    }

                    foreach (var held in consumers[1].Held)
                    {
                        models[ids.IndexOf(held.Delivery.Id)].Renew(held.Delivery.Fence, now);
                    }

                    break;
                case Step.Reap:
                    await consumers[0].ReapAfterSilenceAsync();
                    if (silence.MayReap(now))
                    {
                        models.ForEach(model => model.Reap(now));
                    }

                    break;
                case Step.Wait:
                    clock.Advance(TimeSpan.FromSeconds(choice % 25));
                    break;
                case Step.Cancel when ids.Count > 0:
                    (await host.Events.CancelAsync(ids[choice % ids.Count])).Should().Be(models[choice % ids.Count].Cancel());
                    break;
                case Step.Redrive when ids.Count > 0:
                    (await host.Events.RedriveAsync(ids[choice % ids.Count])).Should().Be(models[choice % ids.Count].Redrive());
                    break;
            }

            await CompareAsync(host, ids, models);
        }

        await NothingIsStuckAsync(host, models);

        // Now and then: it looks at every key of the server.
        if (Interlocked.Increment(ref _runs) % 50 == 0)
        {
            (await consumers[0].RepairAsync()).Should().Be(0, "everything is where it belongs");
        }
    }

    private static async Task CompareAsync(TestHost host, List<string> ids, List<DeliveryModel> models)
    {
        var found = await Task.WhenAll(ids.Select(id => host.Events.FindAsync(id).AsTask()));
        found.Select(e => e!.Deliveries.Single()).Select(d => (d.Status, d.Attempt, d.Crashes, d.Fence))
            .Should()
                .Equal(
                    models.Select(
                        m => (m.Status == DeliveryStatus.Ready ? DeliveryStatus.Ready : m.Status, m.Attempt, m.Crashes, m.Fence)));
    }

    // Every delivery is in the index of its status, and in no other: nothing is lost, nothing is there twice.
    private static async Task NothingIsStuckAsync(TestHost host, List<DeliveryModel> models)
    {
        foreach (var status in Enum.GetValues<DeliveryStatus>())
        {
            var listed = await host.Events.QueryAsync(new EventQuery { Status = status }).Select(e => e.Id).ToListAsync();
            listed.Should().OnlyHaveUniqueItems().And.HaveCount(models.Count(model => model.Status == status), $"of {status}");
        }
    }
}
