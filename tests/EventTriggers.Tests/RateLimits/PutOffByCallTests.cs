using System.Text;

namespace EventTriggers.Tests.RateLimits;

/// <summary>Handlers that call <see cref="EventContext.RetryLater"/>. The clock stands still unless a test moves it.</summary>
public sealed class PutOffByCallTests(RedisFixture redis)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task ADelivery_ComesAgainWhenItsHandlerSaid_SpendsNoAttempt_AndRecordsNoFollowUp()
    {
        var clock = Clock.At2030();
        var attempts = new List<int>();
        await using var host = Host(clock, group => group.AddHandler<OrderPlaced>((context, _) =>
        {
            attempts.Add(context.Attempt);
            context.Publish(new Reminder(attempts.Count));
            if (attempts.Count == 1)
            {
                context.RetryLater(Minute);
                context.RetryLater(2 * Minute);
            }

            return default;
        }));
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Delayed);
        var putOff = (await host.Events.FindAsync(id))!.Deliveries[0];
        (putOff.Attempt, putOff.Attempts.Count).Should().Be((0, 0));
        clock.Advance(Minute);
        await StatusAsync(host, id, DeliveryStatus.Processed);

        attempts.Should().Equal(1, 1);
        Encoding.UTF8.GetString((await host.Events.QueryUnroutedAsync().ToListAsync()).Should().ContainSingle().Which.Payload.Span)
            .Should().Be("""{"number":2}""", "only the success has a follow-up");
    }

    [Fact]
    public async Task ALimitThatIsNamed_StandsStill()
    {
        var clock = Clock.At2030();
        await using var host = Host(clock, static group => group.Limit("api", 100, Second, burst: 10)
            .AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.RetryLater(Minute, "api");
                return default;
            }));
        host.Start();
        await host.Bus.PublishAsync(new OrderPlaced(1));

        await Wait.UntilAsync(
            async () => (await redis.Database.StringGetAsync(host.Keyspace.Partitions[0].Keys.RateLimit("api"))).ToString()
                .EndsWith($" {(clock.GetUtcNow() + Minute).ToUnixTimeMilliseconds()}000", StringComparison.Ordinal),
            "it stands still");
    }

    [Fact]
    public async Task AHandlerThatThrowsAfterIt_HasFailed()
    {
        await using var host = Host(Clock.At2030(), static group =>
        {
            group.MaxAttempts = 1;
            group.AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.RetryLater(Minute);
                throw new FormatException("Not this one.");
            });
        });
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Dead);

        (await host.Events.FindAsync(id))!.Deliveries[0].Error.Should().Contain("Not this one.");
    }

    [Fact]
    public async Task OfTwoHandlers_OnlyTheOneThatPutItOff_RunsAgain()
    {
        var clock = Clock.At2030();
        var ran = new List<string>();
        await using var host = Host(clock, group => group
            .AddHandler<OrderPlaced>((_, _) =>
            {
                ran.Add("first");
                return default;
            })
            .AddHandler<OrderPlaced>((context, _) =>
            {
                ran.Add("second");
                if (ran.Count == 2)
                {
                    context.RetryLater(Minute);
                }

                return default;
            }));
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Delayed);
        clock.Advance(Minute);

        // The loop sets its timer at a moment of its own, so the clock goes on.
        await Wait.UntilAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await host.Events.FindAsync(id))!.Deliveries[0].Status == DeliveryStatus.Processed;
            },
            "it is processed");

        ran.Should().Equal("first", "second", "second");
    }

    [Fact]
    public async Task WhenAnotherHandlerFails_TheAttemptHasFailed()
    {
        await using var host = Host(Clock.At2030(), static group =>
        {
            group.MaxAttempts = 1;
            group.AddHandler<OrderPlaced>(static (context, _) =>
            {
                context.RetryLater(Minute);
                return default;
            });
            group.AddHandler<OrderPlaced>(static (_, _) => throw new FormatException("Not this one."));
        });
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        await StatusAsync(host, id, DeliveryStatus.Dead);
    }

    [Fact]
    public async Task RetryLater_AfterTheHandlerHasEnded_Throws()
    {
        EventContext? seen = null;
        await using var host = Host(Clock.At2030(), group => group.AddHandler<OrderPlaced>((context, _) =>
        {
            seen = context;
            return default;
        }));
        host.Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await StatusAsync(host, id, DeliveryStatus.Processed);

        seen!.Invoking(static context => context.RetryLater(Minute)).Should().Throw<InvalidOperationException>()
            .WithMessage($"The handler of event '{id}' has ended*");
    }

    private static Task StatusAsync(TestHost host, string id, DeliveryStatus status) => Wait.UntilAsync(
        async () => (await host.Events.FindAsync(id))!.Deliveries.Any(delivery => delivery.Status == status), $"it is {status}");

    private TestHost Host(TimeProvider clock, Action<GroupBuilder> configure) =>
        TestHost.Create(redis, build => build.AddGroup("mail", configure), time: clock);
}
