using EventTriggers.Events;
using EventTriggers.Tests.Triggers;

namespace EventTriggers.Tests.Limits;

public sealed class EventLimitTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_WithTooLongACorrelationId_IsRefused()
    {
        await using var host = TestHost.Create(redis);
        var publish = (int length) => host.Bus.PublishAsync(
            new OrderPlaced(1), new PublishOptions { CorrelationId = new string('x', length) })
            .AsTask();

        await publish.Awaiting(static call => call(200)).Should().NotThrowAsync();
        await publish.Awaiting(static call => call(201)).Should().ThrowAsync<ArgumentException>()
            .WithMessage("*at most 200 characters*has 201*");
    }

    [Fact]
    public async Task Retry_OfAPolicyThatWaitsForEver_WaitsTenYears()
    {
        await using var host = TestHost.Create(redis, static build =>
        {
            build.Services.AddSingleton<IRetryPolicy, ForEver>();
            build.AddHandler<OrderPlaced>(static (_, _) => throw new InvalidOperationException("x"));
        }).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Delayed == 1, "it is to be tried again");

        var due = await redis.Database.SortedSetScoreAsync(host.Keyspace.Partitions[0].Keys.Of("default").Delayed, id);
        (UnixTime.ToDateTimeOffset((long)due!.Value) - DateTimeOffset.UtcNow).TotalDays.Should().BeApproximately(3650, 1);
    }

    [Fact]
    public async Task Error_OfAFailure_IsCutAtAThousandCharacters()
    {
        await using var host = TestHost.Create(
            redis, static build => build.AddHandler<OrderPlaced>(
                static (_, _) => throw new InvalidOperationException(new string('x', 5000))),
                    static options => options.MaxAttempts = 1).Start();

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Dead == 1, "it is a dead letter");

        var error = (await host.Events.FindAsync(id))!.Deliveries[0].Error;
        error.Should().StartWith("System.InvalidOperationException: xxx").And.EndWith("x…");
        error!.Length.Should().Be(1001, "a mark says that it was cut");
    }

    [Fact]
    public async Task Firing_OfManyEvents_CarriesTheLastTen()
    {
        await using var scene = await MatchScene.CreateAsync(redis, Clock.At2030());
        await scene.AddAsync(Trigger.On("fail").Count(12).Within(TimeSpan.FromHours(1)));

        for (var n = 1; n <= 12; n++)
        {
            await scene.PublishAsync("fail", $"{n}");
            scene.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        (await scene.CausesAsync()).Should().Equal("3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12");
    }

    private sealed class ForEver : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => TimeSpan.MaxValue;
    }
}
