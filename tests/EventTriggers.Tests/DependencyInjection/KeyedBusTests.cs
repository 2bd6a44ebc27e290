using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Tests.DependencyInjection;

/// <summary>Several buses in one host share nothing.</summary>
public sealed class KeyedBusTests(RedisFixture redis)
{
    [Fact]
    public async Task EachBus_HandlesItsOwnEvents_WithItsOwnTypesAndHandlers()
    {
        var handled = new ConcurrentQueue<string>();
        var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers(static options => options.KeyPrefix = RedisFixture.NewPrefix()).AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue($"default {context.Type} {context.Event.Number}");
            return default;
        });
        services.AddKeyedRedisTriggers("audit", static options => options.KeyPrefix = RedisFixture.NewPrefix())
            .AddEvent<OrderPlaced>("audited")
            .AddHandler<OrderPlaced>((context, _) =>
            {
                handled.Enqueue($"audit {context.Type} {context.Event.Number}");
                return default;
            })
            .AddTrigger("remind", Trigger.At(DateTimeOffset.UnixEpoch).Publish(new OrderPlaced(3)));
        await using var provider = services.BuildServiceProvider();
        using var stop = new CancellationTokenSource();
        var loops = Task.WhenAll(
            provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token),
            provider.GetRequiredKeyedService<IConsumerLoop>("audit").RunAsync(stop.Token));

        await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(1));
        await provider.GetRequiredKeyedService<IEventBus>("audit").PublishAsync(new OrderPlaced(2));
        await Wait.UntilAsync(() => handled.Count == 3, "all are handled");
        await stop.CancelAsync();
        await loops;

        handled.Should().BeEquivalentTo("default order.placed 1", "audit audited 2", "audit audited 3");
        (await provider.GetRequiredService<ITriggerStore>().FindAsync("remind")).Should().BeNull();
        (await provider.GetRequiredKeyedService<ITriggerStore>("audit").FindAsync("remind")).Should().NotBeNull();
    }

    [Fact]
    public void TwoBusesWithOnePrefixOnOneConnection_AreRefused_BothNamed()
    {
        var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers();
        services.AddKeyedRedisTriggers("audit");
        using var provider = services.BuildServiceProvider();
        provider.GetRequiredService<IEventBus>();

        provider.Invoking(static p => p.GetRequiredKeyedService<IEventBus>("audit")).Should().Throw<InvalidOperationException>()
            .WithMessage("the default bus and bus 'audit' use the same prefix 'et'*KeyPrefix*UseConnection*");
    }

    [Fact]
    public async Task TheConnection_IsThatOfUseConnection_ElseTheOneWithTheSameKey_ElseTheApplications()
    {
        await using var other = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        await using var third = await ConnectionMultiplexer.ConnectAsync(redis.HostConnectionString);
        var made = 0;
        var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        services.AddKeyedSingleton<IConnectionMultiplexer>("keyed", other);
        services.AddRedisTriggers();
        services.AddKeyedRedisTriggers("keyed");
        services.AddKeyedRedisTriggers("given").UseConnection(_ =>
        {
            made++;
            return third;
        });
        services.AddKeyedRedisTriggers("shared", static options => options.KeyPrefix = "shared");
        await using var provider = services.BuildServiceProvider();
        made.Should().Be(0);

        IConnectionMultiplexer Of(string? key) => (key is null
            ? provider.GetRequiredService<EventTriggers.Redis.Keyspace>()
            : provider.GetRequiredKeyedService<EventTriggers.Redis.Keyspace>(key)).Connection;

        Of(null).Should().BeSameAs(redis.HostConnection);
        Of("keyed").Should().BeSameAs(other);
        Of("given").Should().BeSameAs(third);
        Of("shared").Should().BeSameAs(redis.HostConnection);
        Of("given").Should().BeSameAs(third);
        made.Should().Be(1);
    }

    [Fact]
    public void WithoutAConnection_SaysWhatToRegister()
    {
        var services = new ServiceCollection();
        services.AddKeyedRedisTriggers("audit");
        using var provider = services.BuildServiceProvider();

        provider.Invoking(static p => p.GetRequiredKeyedService<IEventBus>("audit")).Should().Throw<InvalidOperationException>()
            .WithMessage("Bus 'audit' has no connection*UseConnection*'audit'*");
    }

    [Fact]
    public void UseConnectionTwice_IsRefused() =>
        new ServiceCollection().AddRedisTriggers().UseConnection(static _ => null!)
            .Invoking(static build => build.UseConnection(static _ => null!)).Should().Throw<InvalidOperationException>()
            .WithMessage("*set it once*");

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void AKeyThatIsEmpty_IsRefused(string key) =>
        new ServiceCollection().Invoking(services => services.AddKeyedRedisTriggers(key)).Should().Throw<ArgumentException>()
            .WithParameterName("serviceKey");

    [Fact]
    public void Settings_AreThoseOfTheBus_AndCheckedEach()
    {
        var services = new ServiceCollection().AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers(static options => options.Concurrency = 3);
        services.AddKeyedRedisTriggers("audit", static options => (options.KeyPrefix, options.Concurrency) = ("audit", 0));
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value.Concurrency.Should().Be(3);
        provider.Invoking(static p => p.GetRequiredKeyedService<IEventBus>("audit")).Should().Throw<OptionsValidationException>()
            .Where(static e => e.OptionsName == "audit").WithMessage("*Concurrency*but is 0*");
        provider.Invoking(static p => p.GetRequiredService<IEventBus>()).Should().NotThrow();
    }

    [Fact]
    public void GroupsOfOneBus_AreNotThoseOfAnother()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers().AddGroup("billing", static group => group.AddHandler<OrderPlaced>(static (_, _) => default));
        services.AddKeyedRedisTriggers("audit").AddGroup("billing", static group =>
        {
            group.Concurrency = 5;
            group.AddHandler<OrderPlaced>(static (_, _) => default);
        });
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>();

        options.CurrentValue.Groups["billing"].Concurrency.Should().BeNull();
        options.Get("audit").Groups["billing"].Concurrency.Should().Be(5);
    }
}
