using EventTriggers.Testing;
using Microsoft.Extensions.Time.Testing;
using static EventTriggers.Tests.TestKit.TestHostScene;

namespace EventTriggers.Tests.TestKit;

/// <summary>What a test can rely on when it moves the clock: what falls due on the way is handled at its moment.</summary>
public sealed class TestHostClockTests
{
    private readonly TestHostScene _scene = new();

    [Fact]
    public async Task AdvanceAsync_StopsAtEachMomentOnTheWay_InTheirOrder()
    {
        await using var app = await _scene.StartAsync();
        await app.Triggers.AddAsync(Trigger.After(Minutes(20)).Publish(new Reminder(20)));
        await app.Triggers.AddAsync(Trigger.After(Minutes(10)).Publish(new Reminder(10)));
        await app.PublishAsync(new Reminder(15), new PublishOptions { Delay = Minutes(15) });
        await app.PublishAsync(new Reminder(31), new PublishOptions { Delay = Minutes(31) });

        await app.AdvanceAsync(Minutes(30));

        _scene.Seen.Should().Equal(("reminder 10", Minutes(10)), ("reminder 15", Minutes(15)), ("reminder 20", Minutes(20)));
        app.Time.GetUtcNow().Should().Be(Begin + Minutes(30));
    }

    [Fact]
    public async Task AdvanceAsync_FiresARecurringTriggerAtEachOfItsMoments()
    {
        await using var app = await _scene.StartAsync();
        await app.Triggers.AddAsync(Trigger.Every(Minutes(7)).Publish(new Reminder(7)));
        await app.Triggers.AddAsync(Trigger.Cron("30 * * * *").Publish(new Reminder(30)));

        await app.AdvanceAsync(TimeSpan.FromHours(1));

        _scene.Seen.Should().Equal(
            ("reminder 7", Minutes(7)), ("reminder 7", Minutes(14)), ("reminder 7", Minutes(21)), ("reminder 7", Minutes(28)),
            ("reminder 30", Minutes(30)), ("reminder 7", Minutes(35)), ("reminder 7", Minutes(42)), ("reminder 7", Minutes(49)),
            ("reminder 7", Minutes(56)));
    }

    // One moment leads to another: what is handled at 10 minutes publishes what is due at 12.
    [Fact]
    public async Task AdvanceAsync_MeetsWhatFallsDueBecauseOfWhatWasHandledOnTheWay()
    {
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            context.Publish(new Reminder(context.Event.Number + 2), new PublishOptions { Delay = Minutes(2) });
            return default;
        }));
        await app.PublishAsync(new OrderPlaced(10), new PublishOptions { Delay = Minutes(10) });

        await app.AdvanceAsync(Minutes(30));

        _scene.Seen.Should().Equal(("reminder 12", Minutes(12)));
    }

    [Fact]
    public async Task AdvanceAsync_RetriesWhatFailed()
    {
        var failures = 2;
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>((_, _) =>
            failures-- > 0 ? throw new InvalidOperationException("Not yet.") : default));
        await app.PublishAsync(new OrderPlaced(1));
        await app.IdleAsync();
        app.Handled<OrderPlaced>().Should().BeEmpty();

        await app.AdvanceAsync(Minutes(1));

        app.Handled<OrderPlaced>().Should().Equal(new OrderPlaced(1));
    }

    [Fact]
    public async Task AdvanceAsync_ReachesWhatAHandlerHasPutOff_WhichHasNotBeenHandledBefore()
    {
        var refusals = 1;
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            if (refusals-- > 0)
            {
                context.RetryLater(Minutes(10));
            }

            return default;
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await app.AdvanceAsync(Minutes(9));
        app.Handled<OrderPlaced>().Should().BeEmpty();

        await app.AdvanceAsync(Minutes(1));

        app.Handled<OrderPlaced>().Should().Equal(new OrderPlaced(1));
    }

    [Fact]
    public async Task AdvanceAsync_ByNothing_HandlesWhatIsReady()
    {
        await using var app = await _scene.StartAsync();
        await app.PublishAsync(new Reminder(1));

        await app.AdvanceAsync(TimeSpan.Zero);

        app.Handled<Reminder>().Should().Equal(new Reminder(1));
    }

    [Fact]
    public async Task AdvanceAsync_Backwards_IsRefused()
    {
        await using var app = await _scene.StartAsync();

        var back = () => app.AdvanceAsync(-Minutes(1));

        await back.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task AdvanceAsync_BeyondLeases_DoesNotHandleTwice()
    {
        await using var app = await _scene.StartAsync();
        await app.PublishAsync(new Reminder(1));

        await app.AdvanceAsync(TimeSpan.FromDays(60));

        _scene.Seen.Should().ContainSingle();
    }

    [Fact]
    public async Task TimersOfTheHostsOwnCode_FollowTheClock()
    {
        var done = new TaskCompletionSource();
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            await Task.Delay(Minutes(5), context.Services.GetRequiredService<TimeProvider>(), token);
            done.SetResult();
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await app.Events.CountAsync()).Leased == 1, "the handler runs");

        while (!done.Task.IsCompleted)
        {
            app.Time.Advance(Minutes(1));
            await Task.Delay(1);
        }

        (await app.HandledAsync<OrderPlaced>()).Number.Should().Be(1);
    }

    // The handler's timer ends before the next renewal.
    [Fact]
    public async Task ALease_StaysCertain_HoweverFarTheClockMoves()
    {
        var isCertain = new TaskCompletionSource<bool>();
        await using var app = await _scene.StartAsync(build => build.AddHandler<OrderPlaced>(async (context, token) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), context.Services.GetRequiredService<TimeProvider>(), token);
            isCertain.SetResult(context.LeaseIsCertain);
        }));
        await app.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await app.Events.CountAsync()).Leased == 1, "the handler runs");
        await Task.Delay(50);

        app.Time.Advance(Minutes(30));

        (await Wait.ForAsync(isCertain.Task)).Should().BeTrue();
    }

    [Fact]
    public async Task StartAsync_TakesTheClockThatIsRegistered()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2031, 5, 5, 0, 0, 0, TimeSpan.Zero));
        await using var app = await EventTriggersTestHost.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddRedisTriggers();
        });

        app.Time.Should().BeSameAs(clock);
    }
}
