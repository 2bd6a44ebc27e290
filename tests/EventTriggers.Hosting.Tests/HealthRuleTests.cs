using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventTriggers.Hosting.Tests;

/// <summary>What the health checks make of a status: the ends of each rule, without a server.</summary>
public sealed class HealthRuleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly PartitionStatus Good = new() { SinceLastClaim = Second, SinceLastRound = Second };

    // 3 polls of 5 s, and 5 s.
    [Theory]
    [InlineData(20, HealthStatus.Healthy)]
    [InlineData(20.1, HealthStatus.Unhealthy)]
    public async Task ReadinessEnds_ThreePollsAndFiveSecondsAfterAClaim(double seconds, HealthStatus status) =>
        (await CheckAsync(Running(Good with { SinceLastClaim = TimeSpan.FromSeconds(seconds) }))).Ready.Should().Be(status);

    // No claim is later than half a lease, however rare polls are.
    [Fact]
    public async Task APollThatIsLongerThanHalfALease_CountsAsHalfALease() =>
        (await CheckAsync(
            Running(Good with { SinceLastClaim = TimeSpan.FromSeconds(36) }),
            static options => options.PollInterval = TimeSpan.FromHours(1))).Ready.Should().Be(HealthStatus.Unhealthy);

    [Fact]
    public async Task MaxClaimAge_ReplacesTheRule() =>
        (await CheckAsync(
            Running(Good with { SinceLastClaim = TimeSpan.FromSeconds(3) }),
            limits: static limits => limits.MaxClaimAge = 2 * Second)).Ready.Should().Be(HealthStatus.Unhealthy);

    [Fact]
    public async Task OnePartitionWithoutAClaim_IsEnough() =>
        (await CheckAsync(Running(Good, Good with { Index = 1, SinceLastClaim = null }))).Ready.Should().Be(HealthStatus.Unhealthy);

    [Theory]
    [InlineData(59, HealthStatus.Degraded)]
    [InlineData(61, HealthStatus.Healthy)]
    public async Task AJumpAndALoss_CountForAnHour(int minutes, HealthStatus status)
    {
        var age = TimeSpan.FromMinutes(minutes);

        (await CheckAsync(Running(Good with { SinceDataLoss = age }))).Ready.Should().Be(status);
        (await CheckAsync(Running(Good with { SinceClockJump = age, ClockJump = Second }))).Ready.Should().Be(status);
    }

    // 3 polls of 5 s, 2 operations of 30 s, and a minute.
    [Theory]
    [InlineData(135, HealthStatus.Healthy)]
    [InlineData(136, HealthStatus.Unhealthy)]
    public async Task LivenessEnds_WhereNoRoundBegins(int seconds, HealthStatus status)
    {
        var age = TimeSpan.FromSeconds(seconds);

        (await CheckAsync(Running(Good with { SinceLastRound = age, SinceLastClaim = age }))).Alive.Should().Be(status);
    }

    [Theory]
    [InlineData(ConsumerLoopState.Unknown, HealthStatus.Healthy, HealthStatus.Healthy)]
    [InlineData(ConsumerLoopState.NotStarted, HealthStatus.Unhealthy, HealthStatus.Healthy)]
    [InlineData(ConsumerLoopState.Running, HealthStatus.Healthy, HealthStatus.Healthy)]
    [InlineData(ConsumerLoopState.Draining, HealthStatus.Unhealthy, HealthStatus.Healthy)]
    [InlineData(ConsumerLoopState.Ended, HealthStatus.Unhealthy, HealthStatus.Unhealthy)]
    public async Task EachState_HasItsAnswers(ConsumerLoopState state, HealthStatus ready, HealthStatus alive)
    {
        var (isReady, isAlive) = await CheckAsync(new ConsumerLoopStatus { State = state });

        (isReady, isAlive).Should().Be((ready, alive));
    }

    // Neither check has a store to ask: without limits, and with an unhealthy loop, none is needed.
    [Fact]
    public async Task WithoutLimits_NoStoreIsAsked()
    {
        (await CheckAsync(Running(Good))).Ready.Should().Be(HealthStatus.Healthy);
        (await CheckAsync(Running(Good), limits: static limits => limits.MaxReady = 1)).Ready.Should()
            .Be(HealthStatus.Unhealthy, "the store is not there");
    }

    [Fact]
    public async Task FailureStatus_ReplacesUnhealthy()
    {
        var services = Services(new ConsumerLoopStatus { State = ConsumerLoopState.Ended });
        services.AddHealthChecks().AddEventTriggers("a", failureStatus: HealthStatus.Degraded)
            .AddEventTriggersLiveness("b", failureStatus: HealthStatus.Degraded);
        await using var provider = services.BuildServiceProvider();

        (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Values.Should()
            .OnlyContain(static entry => entry.Status == HealthStatus.Degraded);
    }

    [Fact]
    public void ALimitThatIsNotAllowed_IsNamed()
    {
        var checks = new ServiceCollection().AddHealthChecks();

        checks.Invoking(all => all.AddEventTriggers(configure: static limits => limits.MaxDeadLetters = -1)).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("MaxDeadLetters must not be negative, but is -1.*");
        checks.Invoking(all => all.AddEventTriggers(configure: static limits => limits.MaxClaimAge = TimeSpan.Zero)).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("MaxClaimAge must be positive, but is 00:00:00.*");
        checks.Invoking(all => all.AddEventTriggers(configure: static limits => limits.MaxLag = TimeSpan.Zero)).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage("MaxLag must be positive, but is 00:00:00.*");
    }

    private static ConsumerLoopStatus Running(params PartitionStatus[] partitions) =>
        new() { State = ConsumerLoopState.Running, Partitions = partitions };

    private static ServiceCollection Services(ConsumerLoopStatus status, Action<RedisTriggersOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConsumerLoop>(new Loop(status));
        services.AddRedisTriggers(configure);
        return services;
    }

    private static async Task<(HealthStatus Ready, HealthStatus Alive)> CheckAsync(
        ConsumerLoopStatus status, Action<RedisTriggersOptions>? configure = null, Action<EventTriggersHealthOptions>? limits = null)
    {
        var services = Services(status, configure);
        services.AddHealthChecks().AddEventTriggers(configure: limits).AddEventTriggersLiveness();
        await using var provider = services.BuildServiceProvider();
        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return (report.Entries["eventtriggers"].Status, report.Entries["eventtriggers-live"].Status);
    }

    private sealed class Loop(ConsumerLoopStatus status) : IConsumerLoop
    {
        public ConsumerLoopStatus Status => status;

        public Task RunAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }
}
