using System.Text.Json.Serialization;
using EventTriggers.Events;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Tests.DependencyInjection;

public sealed class RegistrationTests(RedisFixture redis)
{
    [Fact]
    public void Options_ThatAreWrong_AreEachNamed()
    {
        using var provider = Provider(services => services.AddRedisTriggers(options =>
        {
            options.KeyPrefix = "a{b}";
            options.Group = "";
            options.Partitions = 0;
            options.Concurrency = 0;
            options.MatchingConcurrency = -1;
            options.Groups["billng"] = new GroupOptions();
            options.LeaseDuration = TimeSpan.FromSeconds(4);
            options.RenewalInterval = TimeSpan.FromSeconds(3);
            options.WhenLeaseIsInDoubt = (LeaseDoubt)7;
            options.TraceParenting = (TraceParenting)7;
            options.MaxAttempts = 0;
            options.MaxCrashes = 0;
            options.MaxTriggerChain = 0;
            options.RetryDelay = TimeSpan.FromSeconds(-1);
            options.DrainTimeout = TimeSpan.FromSeconds(-1);
            options.HandlerTimeout = TimeSpan.Zero;
            options.PollInterval = TimeSpan.Zero;
            options.DeduplicationWindow = TimeSpan.Zero;
            options.OperationTimeout = TimeSpan.Zero;
            options.UnhandledTimeout = TimeSpan.Zero;
            options.MaxPayloadBytes = 0;
            options.MaxPendingPublishBytes = 0;
            options.MaxReadyPerGroup = 0;
            options.ProcessedLimit = -1;
            options.ProcessedRetention = TimeSpan.FromSeconds(-1);
            options.DeadLetterLimit = -1;
            options.DeadLetterRetention = TimeSpan.FromSeconds(-1);
        }));

        var failures = FluentActions.Invoking(provider.GetRequiredService<IEventBus>).Should()
            .Throw<OptionsValidationException>().Which.Failures;

        foreach (var property in typeof(RedisTriggersOptions).GetProperties().Select(property => property.Name).Except(
            ["MaxRetryDelay", "PollIntervalWhenDisconnected", "RecordStackTraces"]))
        {
            failures.Should().Contain(failure => failure.Contains(property, StringComparison.Ordinal), $"{property} is wrong");
        }

        failures.Should().Contain(failure => failure.Contains("'a{b}' has U+007B", StringComparison.Ordinal));
        failures.Should()
            .Contain(
                failure => failure.Contains("RenewalInterval (at most half of LeaseDuration)", StringComparison.Ordinal)
                    && failure.Contains("but is 00:00:03", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_ByDefault_AreThoseOfTheContract()
    {
        var options = new RedisTriggersOptions();

        (options.KeyPrefix, options.Group, options.Partitions, options.Concurrency).Should().Be(("et", "default", 1, 32));
        (options.LeaseDuration, options.RenewalInterval, options.DrainTimeout).Should()
            .Be((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20)));
        (options.MaxAttempts, options.MaxCrashes, options.MaxTriggerChain, options.HandlerTimeout).Should()
            .Be((10, 5, 16, (TimeSpan?)null));
        (options.RetryDelay, options.MaxRetryDelay).Should().Be((TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)));
        options.UnhandledTimeout.Should().Be(TimeSpan.FromDays(1));
        (options.PollInterval, options.PollIntervalWhenDisconnected).Should().Be((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)));
        (options.MaxPayloadBytes, options.MaxPendingPublishBytes, options.DeduplicationWindow).Should()
            .Be((262_144, 67_108_864, TimeSpan.FromHours(1)));
        (options.ProcessedRetention, options.ProcessedLimit).Should().Be((TimeSpan.FromHours(1), 10_000));
        (options.DeadLetterRetention, options.DeadLetterLimit).Should().Be((TimeSpan.FromDays(30), 10_000));
    }

    [Fact]
    public async Task AddRedisTriggers_Twice_IsOnce()
    {
        var handled = 0;
        await using var host = TestHost.Create(redis, build =>
        {
            build.Services.AddRedisTriggers(options => options.Concurrency = 3)
                .AddHandler<OrderPlaced>((_, _) =>
                {
                    Interlocked.Increment(ref handled);
                    return default;
                });
        }).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        handled.Should().Be(1);
        host.Keyspace.Options.Concurrency.Should().Be(3, "settings add up");
        host.Services.GetServices<IConsumerLoop>().Should().ContainSingle();
        host.Services.GetServices<IValidateOptions<RedisTriggersOptions>>().Should().ContainSingle();
    }

    [Fact]
    public void EverythingPluggable_IsTheHostsIfItWasRegisteredBefore()
    {
        using var provider = Provider(services =>
        {
            services.AddSingleton<IConsumerLoop, NoLoop>();
            services.AddSingleton<IEventSerializer, NoSerializer>();
            services.AddSingleton<IRetryPolicy, NoRetry>();
            services.AddRedisTriggers();
        });

        provider.GetRequiredService<IConsumerLoop>().Should().BeOfType<NoLoop>();
        provider.GetRequiredService<IEventSerializer>().Should().BeOfType<NoSerializer>();
        provider.GetRequiredService<IRetryPolicy>().Should().BeOfType<NoRetry>();
    }

    [Fact]
    public void AddHandler_OfTheSameClassTwice_IsRefused()
    {
        var builder = new ServiceCollection().AddRedisTriggers().AddHandler<OrderPlaced, Handler>();

        builder.Invoking(b => b.AddHandler<OrderPlaced, Handler>()).Should().Throw<InvalidOperationException>()
            .WithMessage("*Handler is already registered*");
    }

    [Fact]
    public void AddEvent_ThatContradictsAnother_IsRefused()
    {
        var builder = new ServiceCollection().AddRedisTriggers().AddEvent<OrderPlaced>("a").AddEvent<OrderPlaced>("a");

        builder.Invoking(b => b.AddEvent<OrderPlaced>("b")).Should().Throw<InvalidOperationException>().WithMessage("*one to one*");
        builder.Invoking(b => b.AddEvent<Reminder>("a")).Should().Throw<InvalidOperationException>().WithMessage("*one to one*");
        builder.Invoking(b => b.AddEvent<Reminder>("{}")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void AnEventType_HasItsGivenNameItsAttributeOrItsFullName()
    {
        var types = new EventTypes([new EventTypeRegistration(typeof(Handler), "given")], [], []);

        types.NameOf(typeof(Handler)).Should().Be("given");
        types.NameOf(typeof(OrderPlaced)).Should().Be("order.placed");
        types.NameOf(typeof(NoLoop)).Should().Be("EventTriggers.Tests.DependencyInjection.RegistrationTests+NoLoop");
        types.Invoking(t => t.NameOf(typeof(List<int>))).Should().Throw<InvalidOperationException>()
            .WithMessage("*no valid wire name*AddEvent*");
    }

    [Fact]
    public async Task AJsonSerializerContext_ServesForPublishingAndHandling()
    {
        var handled = new TaskCompletionSource<Placed>();
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(redis.Connection);
        services.AddRedisTriggers(PlacedContext.Default, options => options.KeyPrefix = RedisFixture.NewPrefix())
            .AddEvent<Placed>("placed")
            .AddHandler<Placed>((context, _) =>
            {
                handled.TrySetResult(context.Event);
                return default;
            });
        await using var provider = services.BuildServiceProvider();
        using var stop = new CancellationTokenSource();
        var loop = provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);

        await provider.GetRequiredService<IEventBus>().PublishAsync(new Placed(4));
        var unknown = async () => await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(1));

        (await Wait.ForAsync(handled.Task)).Should().Be(new Placed(4));
        await unknown.Should().ThrowAsync<ArgumentException>().WithMessage("*OrderPlaced cannot be serialized*");
        await stop.CancelAsync();
        await loop;
    }

    [Fact]
    public void TwoJsonSerializerContexts_AddUp()
    {
        using var provider = Provider(
            services => services.AddRedisTriggers(PlacedContext.Default).Services.AddRedisTriggers(PaidContext.Default));
        var serializer = provider.GetRequiredService<IEventSerializer>();

        serializer.Serialize(new Placed(1)).Length.Should().BePositive();
        serializer.Serialize(new Paid(1)).Length.Should().BePositive();
    }

    private ServiceProvider Provider(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(redis.Connection);
        add(services);
        return services.BuildServiceProvider();
    }

    public sealed class Handler : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) => default;
    }

    private sealed class NoLoop : IConsumerLoop
    {
        public Task RunAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class NoSerializer : IEventSerializer
    {
        public ReadOnlyMemory<byte> Serialize<TEvent>(TEvent payload)
            where TEvent : notnull => throw new NotSupportedException();

        public TEvent Deserialize<TEvent>(ReadOnlyMemory<byte> json)
            where TEvent : notnull => throw new NotSupportedException();
    }

    private sealed class NoRetry : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => null;
    }
}

internal sealed record Placed(int Number);

internal sealed record Paid(int Number);

[JsonSerializable(typeof(Paid))]
internal sealed partial class PaidContext : JsonSerializerContext;

[JsonSerializable(typeof(Placed))]
internal sealed partial class PlacedContext : JsonSerializerContext;
