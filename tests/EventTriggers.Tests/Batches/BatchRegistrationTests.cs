using StackExchange.Redis;

namespace EventTriggers.Tests.Batches;

/// <summary>What contradicts itself is refused by name.</summary>
public sealed class BatchRegistrationTests(RedisFixture redis)
{
    [Fact]
    public void ABatchHandlerBesideAHandler_IsRefused_InEitherOrder()
    {
        Builder().AddHandler<OrderPlaced>(static (_, _) => default).Invoking(static build => build.AddBatchHandler<OrderPlaced, Index>())
            .Should().Throw<InvalidOperationException>().WithMessage("*OrderPlaced*handler a delegate in the default group*Index*");
        Builder().AddBatchHandler<OrderPlaced, Index>().Invoking(static build => build.AddHandler<OrderPlaced>(static (_, _) => default))
            .Should().Throw<InvalidOperationException>().WithMessage("*OrderPlaced*batch handler*Index in the default group*");
        Builder().Invoking(static build => build.AddGroup(
                "search", static group => group.AddBatchHandler<OrderPlaced, Index>().AddHandler<OrderPlaced>(static (_, _) => default)))
            .Should().Throw<InvalidOperationException>().WithMessage("*OrderPlaced*batch handler*Index in group 'search'*");
    }

    [Fact]
    public void TwoBatchHandlersOfAType_AreRefused_AndInTwoGroupsTheyAreNot()
    {
        var builder = Builder().AddBatchHandler<OrderPlaced, Index>()
            .AddGroup("search", static group => group.AddBatchHandler<OrderPlaced, Index>());

        builder.Invoking(static build => build.AddBatchHandler<OrderPlaced>(static (_, _) => default))
            .Should().Throw<InvalidOperationException>().WithMessage("*OrderPlaced*batch handler*Index in the default group*");
    }

    // Which events a type has is known only when all names are.
    [Fact]
    public void HandlersOfBothKindsThatShareEventsByName_AreRefusedWhenTheLoopIsMade()
    {
        var builder = Builder().AddBatchHandler<OrderPlaced, Index>().AddHandler<Reminder>(static (_, _) => default, "order.placed");
        using var provider = builder.Services.BuildServiceProvider();

        FluentActions.Invoking(provider.GetRequiredService<IConsumerLoop>).Should().Throw<InvalidOperationException>()
            .WithMessage("*'order.placed'*batch handler*Index*handler delegate-1*'default'*");
    }

    [Fact]
    public void TwoBatchHandlersThatShareEventsByName_AreRefusedWhenTheLoopIsMade()
    {
        var builder = Builder().AddBatchHandler<OrderPlaced, Index>()
            .AddBatchHandler<Reminder>(static (_, _) => default, type: "order.placed");
        using var provider = builder.Services.BuildServiceProvider();

        FluentActions.Invoking(provider.GetRequiredService<IConsumerLoop>).Should().Throw<InvalidOperationException>()
            .WithMessage("*'order.placed'*batch handlers*Index*delegate-1*'default'*");
    }

    [Fact]
    public void AnotherWireName_MayHaveAnotherKindOfHandler()
    {
        var builder = Builder().AddBatchHandler<OrderPlaced, Index>().AddHandler<OrderPlaced>(static (_, _) => default, "order.old");
        using var provider = builder.Services.BuildServiceProvider();

        FluentActions.Invoking(provider.GetRequiredService<IConsumerLoop>).Should().NotThrow();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void MaxSize_MayBeAtItsEnds(int size) =>
        Builder().Invoking(build => build.AddBatchHandler<OrderPlaced, Index>(options => options.MaxSize = size)).Should().NotThrow();

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void MaxSize_BeyondItsEnds_IsRefused(int size) =>
        Builder().Invoking(build => build.AddBatchHandler<OrderPlaced, Index>(options => options.MaxSize = size))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage($"MaxSize must be between 1 and 1000, but is {size}.*");

    [Theory]
    [InlineData(1)]
    [InlineData(600_000)]
    public void MaxWait_MayBeAtItsEnds(int milliseconds) =>
        Builder().Invoking(build => build.AddBatchHandler<OrderPlaced, Index>(
            options => options.MaxWait = TimeSpan.FromMilliseconds(milliseconds))).Should().NotThrow();

    [Theory]
    [InlineData(0)]
    [InlineData(600_001)]
    public void MaxWait_BeyondItsEnds_IsRefused(int milliseconds) =>
        Builder().Invoking(build => build.AddGroup("search", group => group.AddBatchHandler<OrderPlaced, Index>(
                options => options.MaxWait = TimeSpan.FromMilliseconds(milliseconds))))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("MaxWait must be between 00:00:00.0010000 and 00:10:00, but is *");

    [Fact]
    public void TheDefaults_AreThoseOfTheContract() =>
        (new BatchOptions().MaxSize, new BatchOptions().MaxWait).Should().Be((100, TimeSpan.FromSeconds(1)));

    [Fact]
    public async Task ABatchHandlerThatCannotBeMade_EndsTheStart_ByName()
    {
        await using var host = TestHost.Create(redis, static build => build.AddBatchHandler<OrderPlaced, Lacking>());

        await host.Loop.Awaiting(static loop => loop.RunAsync(CancellationToken.None)).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*Lacking*Uri*");
    }

    private IRedisTriggersBuilder Builder() =>
        new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis.HostConnection).AddRedisTriggers();

    private class Index : IBatchHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventBatch<OrderPlaced> batch, CancellationToken cancellationToken) => default;
    }

    private sealed class Lacking(Uri address) : Index
    {
        public override string ToString() => $"{address}";
    }
}
