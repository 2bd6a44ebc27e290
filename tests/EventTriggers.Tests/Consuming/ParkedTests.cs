using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Consuming;

/// <summary>
/// Deliveries that wait for a host which handles their type, step by step: in which order they are claimed, and when nobody comes.
/// </summary>
public sealed class ParkedTests(RedisFixture redis)
{
    private static readonly TimeSpan Timeout = ParkedScene.Timeout;

    [Fact]
    public async Task ClaimByAConsumerThatDoesNotHandleTheType_LeavesItAlone()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var id = await scene.ParkAsync();

        (await scene.Other.ClaimAllAsync()).Should().BeEmpty();

        var lease = await scene.Handler.ClaimOneAsync();
        (lease.Delivery.Id, lease.Delivery.Attempt, lease.Delivery.Fence).Should().Be((id, 1, 2));
    }

    [Fact]
    public async Task Claim_OfParkedAndOtherDeliveries_LetsNeitherStarve()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        await scene.ParkAsync(20);
        for (var i = 0; i < 20; i++)
        {
            await scene.PublishAsync("a");
        }

        var single = scene.Consumer(concurrency: 1);
        await single.SubscribeAsync("a", "b");
        var first = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            first.Add((await single.ClaimOneAsync()).Delivery.Type);
        }

        first.Should().Contain("a").And.Contain("b");
        var rest = await scene.Both.ClaimAllAsync();
        rest.Should().HaveCount(30);
        rest.Take(10).Select(static lease => lease.Delivery.Type).Should()
            .OnlyContain(static type => type == "b", "what is parked has waited longer");
    }

    [Fact]
    public async Task Claim_OfManyTypes_TakesThemInTurn()
    {
        await using var scene = ParkedScene.Create(redis);
        string[] types = [.. Enumerable.Range(0, 5).Select(static n => $"many-{n}")];
        await scene.Other.SubscribeAsync(types);
        foreach (var type in types)
        {
            for (var i = 0; i < 50; i++)
            {
                await scene.PublishAsync(type);
            }
        }

        await scene.Other.SettleAsync([.. (await scene.Other.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Skip))]);
        var single = scene.Consumer(concurrency: 1);
        await single.SubscribeAsync(types);
        HashSet<string> seen = [];
        for (var i = 0; i < 60; i++)
        {
            seen.Add((await single.ClaimOneAsync()).Delivery.Type);
        }

        seen.Should().BeEquivalentTo(types);
    }

    [Fact]
    [Trait("Fault", "8")]
    public async Task Claim_OfParkedQuarantinedDeliveries_TakesOneAtATime()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var ids = new[] { await scene.PublishAsync("b"), await scene.PublishAsync("b") };
        foreach (var id in ids)
        {
            await redis.Database.HashSetAsync(scene.Keys.Event(id), "crashes:default", 2);
        }

        await scene.SkipAsync();

        var first = await scene.Handler.ClaimAsync();
        first.Should().ContainSingle().Which.IsQuarantined.Should().BeTrue();
        (await scene.Handler.ClaimAsync()).Should().ContainSingle().Which.IsQuarantined.Should().BeTrue();
        (await redis.Database.KeyExistsAsync(scene.Keys.Of("default").Parked)).Should().BeFalse();
    }

    [Fact]
    public async Task Claim_OfLargeParkedPayloads_GivesBackWhatIsTooMuch()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add((await scene.Host.Bus.PublishRawAsync("b", System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 30_000)}\""))).Id);
        }

        await scene.SkipAsync();

        (await scene.Handler.ClaimAsync()).Concat(await scene.Handler.ClaimAsync()).Select(static lease => lease.Delivery.Id).Should()
            .Equal(ids.Take(4), "two at a time, in their order");
    }

    [Fact]
    public async Task QueryAndCount_FindWhatIsParked()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var (waits, canceled) = (await scene.ParkAsync(), await scene.ParkAsync());
        (await scene.Host.Events.CancelAsync(canceled)).Should().Be(CancelOutcome.Canceled);

        (await scene.Host.Events.CountAsync()).Ready.Should().Be(2, "canceled ones count until a consumer passes them");
        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().Equal(waits);
        (await scene.OfStatusAsync(DeliveryStatus.Canceled)).Should().Equal(canceled);

        (await scene.Handler.ClaimAllAsync()).Select(static lease => lease.Delivery.Id).Should().Equal(waits);
        (await scene.OfStatusAsync(DeliveryStatus.Canceled)).Should().Equal(canceled);
        (await scene.Host.Events.CountAsync()).Ready.Should().Be(0);
    }

    [Fact]
    public async Task WhatIsCanceledOrHasExpired_EndsAlsoWhereNobodyHandlesIt()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.NobodyHandlesAsync();
        var expired = await scene.PublishAsync("b", new PublishOptions { ExpiresAfter = TimeSpan.FromMinutes(1) });
        var (canceled, waits) = (await scene.PublishAsync("b"), await scene.PublishAsync("b"));
        await scene.SkipAsync();
        await scene.Host.Events.CancelAsync(canceled);

        scene.Clock.Advance(TimeSpan.FromMinutes(2));
        await scene.Other.LookAfterUnhandledAsync();

        (await scene.OfStatusAsync(DeliveryStatus.Expired)).Should().Equal(expired);
        (await scene.OfStatusAsync(DeliveryStatus.Canceled)).Should().Equal(canceled);
        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().Equal(waits);
        (await redis.Database.ListLengthAsync(scene.Keys.Parked("default", "b"))).Should().Be(1);
    }

    [Fact]
    [Trait("Fault", "18")]
    [Trait("Fault", "97")]
    public async Task WhatNobodyHandles_IsHeldAndToldOnce_AndADeadLetterAfterItsTime()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.NobodyHandlesAsync();
        await scene.Other.LookAfterUnhandledAsync();
        var id = await scene.ParkAsync();
        await scene.ParkAsync(300);

        await scene.LookEachMinuteAsync(Timeout);
        (await scene.Host.Events.CountAsync()).Should().BeEquivalentTo(new GroupCounts { Ready = 301, Lag = Timeout });
        scene.Host.Log.TextsOf("60").Should().ContainSingle().Which.Should()
            .StartWith("No running process of group default handles events of type b: 301 wait");
        scene.Host.Log.TextsOf("8").Should().BeEmpty();

        await scene.LookEachMinuteAsync(TimeSpan.FromMinutes(1));
        (await scene.Host.Events.CountAsync()).Should().BeEquivalentTo(new GroupCounts { Dead = 301 });
        scene.Host.Log.TextsOf("8").Should().ContainSingle();
        var dead = (await scene.Host.Events.FindAsync(id))!.Deliveries.Single();
        dead.Error.Should().Be("No process of the group handles events of type 'b', and none has for 14400000 ms (UnhandledTimeout).");
        dead.Attempt.Should().Be(0);

        await scene.HandledAsync();
        (await scene.Host.Events.RedriveAsync(id)).Should().Be(RedriveOutcome.Redriven);
        (await scene.Handler.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    // Security 1.
    [Fact]
    [Trait("Fault", "97")]
    public async Task ATypeNameOnTheWire_LoadsNothing_AndIsPassedOn()
    {
        const string Type = "System.Diagnostics.Process";
        await using var scene = ParkedScene.Create(redis);
        await scene.Other.SubscribeAsync(Type);
        await scene.Other.LeaveAsync();
        await scene.Host.Bus.PublishRawAsync(Type, """{"$type":"System.Diagnostics.Process, System"}"""u8.ToArray());
        await scene.PublishAsync(Type);
        var runner = scene.Host.Services.GetRequiredService<HostedGroups>().Handling[0].Handler;

        var settlements = await Task.WhenAll((await scene.Other.ClaimAllAsync()).Select(lease => runner.RunAsync(lease).AsTask()));
        await scene.Other.SettleAsync(settlements);

        settlements.Select(static settlement => settlement.Outcome).Should().Equal(Outcome.Skip, Outcome.Skip);
        scene.Host.Log.TextsOf("7").Should().ContainSingle().Which.Should()
            .StartWith($"This process does not handle events of type {Type} of group default");
        (await redis.Database.ListLengthAsync(scene.Keys.Parked("default", Type))).Should().Be(2);
    }

    [Fact]
    public async Task WhatComesLater_WaitsAsLong()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.NobodyHandlesAsync();
        await scene.ParkAsync();
        await scene.LookEachMinuteAsync(Timeout / 2);
        var later = await scene.ParkAsync();

        await scene.LookEachMinuteAsync((Timeout / 2) + TimeSpan.FromMinutes(2));
        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().Equal(later);

        await scene.LookEachMinuteAsync(Timeout / 2);
        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatALiveHostHandles_IsNeverADeadLetter_HoweverLongItWaits()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var id = await scene.ParkAsync();

        // It registers, and is too busy to claim.
        for (var hours = 0; hours < 12; hours++)
        {
            await scene.HandledAsync();
            await scene.LookEachMinuteAsync(TimeSpan.FromHours(1));
        }

        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().Equal(id);
        scene.Host.Log.TextsOf("60").Should().BeEmpty();
    }

    [Fact]
    public async Task AHostThatIsGone_HandlesNothingAnyMore_WhenItsTimeIsOver()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        await scene.ParkAsync();

        // The test's hosts poll once in an hour, and count as alive for a little longer.
        await scene.LookEachMinuteAsync(TimeSpan.FromMinutes(61));
        scene.Host.Log.TextsOf("60").Should().BeEmpty();
        await scene.LookEachMinuteAsync(TimeSpan.FromMinutes(2));
        scene.Host.Log.TextsOf("60").Should().ContainSingle();

        await scene.LookEachMinuteAsync(Timeout);
        (await scene.Host.Events.CountAsync()).Dead.Should().Be(1);
    }

    [Fact]
    public async Task AHostThatComesInTime_StopsTheClock()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.NobodyHandlesAsync();
        var id = await scene.ParkAsync();
        await scene.LookEachMinuteAsync(Timeout - TimeSpan.FromMinutes(5));

        await scene.HandledAsync();
        await scene.Handler.LeaveAsync();
        await scene.LookEachMinuteAsync(Timeout - TimeSpan.FromMinutes(5));

        (await scene.OfStatusAsync(DeliveryStatus.Ready)).Should().Equal(id);
    }

    // After an outage of the whole group those that handle the type may start a little later.
    [Fact]
    public async Task AHostThatHasJustStarted_EndsNothing()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.NobodyHandlesAsync();
        await scene.ParkAsync();
        await scene.Other.LookAfterUnhandledAsync();
        scene.Clock.Advance(10 * Timeout);
        var started = scene.Consumer();

        await started.LookAfterUnhandledAsync();
        (await scene.Host.Events.CountAsync()).Ready.Should().Be(1);

        scene.Clock.Advance(TimeSpan.FromMinutes(5));
        await started.LookAfterUnhandledAsync();
        (await scene.Host.Events.CountAsync()).Dead.Should().Be(1);
    }

    [Fact]
    public async Task AHostWithManyParkedLists_LooksAfterAll()
    {
        await using var scene = ParkedScene.Create(redis);
        string[] types = [.. Enumerable.Range(0, 250).Select(static n => $"many-{n:000}")];
        await scene.Other.SubscribeAsync(types);
        foreach (var type in types)
        {
            await scene.PublishAsync(type);
        }

        await scene.Other.SettleAsync([.. (await scene.Other.ClaimAllAsync()).Select(static lease => new Settlement(lease, Outcome.Skip))]);
        await scene.Other.LeaveAsync();

        await scene.LookEachMinuteAsync(TimeSpan.FromMinutes(5));
        scene.Host.Log.TextsOf("60").Should().HaveCount(250);

        await scene.LookEachMinuteAsync(Timeout);
        (await scene.Host.Events.CountAsync()).Should().BeEquivalentTo(new GroupCounts { Dead = 250 });
        (await redis.Database.KeyExistsAsync(scene.Keys.Of("default").Parked)).Should().BeFalse();
    }

    [Fact]
    [Trait("Fault", "52")]
    public async Task Repair_LeavesWhatIsParked_AndFindsAListThatTheIndexHasLost()
    {
        await using var scene = ParkedScene.Create(redis);
        Assert.SkipWhen(redis.IsGarnet, "Looks through keys.");
        await scene.HandledAsync();
        var id = await scene.ParkAsync();
        (await scene.Other.RepairAsync()).Should().Be(0, "everything is where it belongs");

        await redis.Database.KeyDeleteAsync(scene.Keys.Of("default").Parked);
        (await scene.Handler.ClaimAllAsync()).Should().BeEmpty();
        (await scene.Other.RepairAsync()).Should().Be(1);

        (await scene.Handler.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    [Fact]
    public async Task Repair_OfALostList_BringsItsDeliveriesBack()
    {
        await using var scene = ParkedScene.Create(redis);
        Assert.SkipWhen(redis.IsGarnet, "Looks through keys.");
        await scene.HandledAsync();
        var id = await scene.ParkAsync();

        await redis.Database.KeyDeleteAsync(scene.Keys.Parked("default", "b"));
        (await scene.Other.RepairAsync()).Should().Be(1);

        (await scene.Handler.ClaimOneAsync()).Delivery.Id.Should().Be(id);
    }

    // A name that no host can handle is no reason to wait for one.
    [Fact]
    public async Task ATypeThatSomethingElseHasWritten_IsADeadLetterAtOnce()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        var id = await scene.PublishAsync("b");
        await redis.Database.HashSetAsync(scene.Keys.Event(id), "type", "no name!");

        await scene.SkipAsync();

        (await scene.Host.Events.FindAsync(id))!.Deliveries.Single().Error.Should()
            .Be("Field 'type' holds 'no name!', which cannot be read.");
    }

    [Fact]
    public async Task Subscribe_ForgetsHostsThatAreLongGone()
    {
        await using var scene = ParkedScene.Create(redis);
        await scene.HandledAsync();
        await redis.Database.SortedSetAddAsync(
            scene.Keys.Handlers("default", "b"), "gone", scene.Clock.GetUtcNow().AddHours(-3).ToUnixTimeMilliseconds());

        await scene.HandledAsync();

        (await redis.Database.SortedSetLengthAsync(scene.Keys.Handlers("default", "b"))).Should().Be(2, "those that are here");
        (await redis.Database.KeyTimeToLiveAsync(scene.Keys.Handlers("default", "b"))).Should()
            .BeGreaterThan(TimeSpan.FromHours(2), "it goes with the last host that handles the type");
    }
}
