using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.DependencyInjection;

/// <summary>What cannot work is said at the start, by name, before Redis is asked.</summary>
public sealed class StartTests(RedisFixture redis)
{
    [Fact]
    public async Task Run_WithDeclarationsThatCannotBe_NamesEachAndAsksNoServer()
    {
        await using var nowhere = await ConnectionMultiplexer.ConnectAsync(
            "127.0.0.1:1,abortConnect=false,connectTimeout=500,connectRetry=1");
        await using var host = TestHost.Create(
            redis,
            build => build
                .AddTrigger("good", Trigger.On<OrderPlaced>().Where(order => order.Number == 1).Publish(new Reminder(1)))
                .AddTrigger("where", Trigger.On<OrderPlaced>().Where(order => order.Number.GetHashCode() == 1).Publish(new Reminder(1)))
                .AddTrigger(
                    "answer", Trigger.On<OrderPlaced>().NotFollowedBy<Reminder>(next => next.Where(reminder => reminder.GetHashCode() == 1))
                        .Within(TimeSpan.FromSeconds(1)).Publish(new Reminder(1)))
                .AddTrigger(
                    "cancel", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)).CancelOn<OrderPlaced>(order => order.GetHashCode() == 1))
                .AddTrigger(
                    "per", Trigger.On<OrderPlaced>().Per(order => order.GetHashCode()).Count(2).Within(TimeSpan.FromSeconds(1))
                        .Publish(new Reminder(1)))
                .AddTrigger("payload", Trigger.Cron("0 3 * * *").PublishRaw("x", "{"u8.ToArray()))
                .AddTrigger("type", Trigger.On<List<int>>().Publish(new Reminder(1)))
                .AddHandler<OrderPlaced, Lacking>(),
            connection: nowhere);

        var run = async () => await host.Loop.RunAsync(CancellationToken.None);

        var message = (await run.Should().ThrowAsync<InvalidOperationException>()).Which.Message;
        foreach (var name in new[] { "where", "answer", "cancel", "per", "payload", "type" })
        {
            message.Should().Contain($"Declared trigger '{name}': ");
        }

        message.Should().StartWith("7 declaration(s) of this host cannot work: ").And.NotContain("'good'");
        message.Should()
            .Contain($"Handler {typeof(Lacking).FullName}: Unable to resolve service for type '{typeof(NobodyRegistersThis).FullName}'");
    }

    // What a loop would refuse is of no use to it, and does no harm.
    [Fact]
    public async Task Publish_WhereNoLoopRuns_AsksNeitherHandlersNorDeclaredTriggers()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("payload", Trigger.Cron("0 3 * * *").PublishRaw("x", "{"u8.ToArray()))
            .AddTrigger("good", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddHandler<OrderPlaced, Lacking>());

        await host.Bus.PublishAsync(new OrderPlaced(1));

        (await host.Events.CountUnroutedAsync()).Types.Should().ContainSingle().Which.Count.Should().Be(1);
        (await host.Triggers.QueryAsync(new TriggerQuery()).ToListAsync()).Should().BeEmpty("a loop stores them");
    }

    // Once they run: what is stored of one is no reason to leave out those after it.
    [Fact]
    public async Task Declare_OfOneThatCannotBeStored_StoresTheOthers()
    {
        await using var host = TestHost.Create(redis, build => build
            .AddTrigger("first", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddTrigger("second", Trigger.Cron("0 3 * * *").Publish(new Reminder(1)))
            .AddHandler<OrderPlaced>((_, _) => default));
        await redis.Database.StringSetAsync(host.Keyspace.Partitions[0].Keys.Trigger("first"), "not a hash");

        host.Start();
        await host.AsleepAsync(new OrderPlaced(1));

        (await host.Triggers.FindAsync("second"))!.Status.Should().Be(TriggerStatus.Active);
        host.Log.Texts.Should()
            .Contain(text => text.StartsWith("The declared trigger 'first' could not be stored: ", StringComparison.Ordinal));
    }

    // It may reach then what it does not reach now.
    [Fact]
    public async Task Run_WithAHandlerWhoseConstructorFails_Starts()
    {
        await using var host = TestHost.Create(
            redis, build => build.AddHandler<Reminder, Failing>().AddHandler<OrderPlaced>((_, _) => default))
            .Start();

        await host.AsleepAsync(new OrderPlaced(1));
    }

    [Fact]
    public void WithoutAConnection_SaysWhatToRegister()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers();
        using var provider = services.BuildServiceProvider();

        foreach (var type in (Type[])
            [typeof(IEventBus), typeof(IEventStore), typeof(ITriggerStore), typeof(IOperationStore), typeof(IConsumerLoop)])
        {
            provider.Invoking(p => p.GetRequiredService(type)).Should().Throw<InvalidOperationException>()
                .WithMessage("No IConnectionMultiplexer is registered*services.AddSingleton<IConnectionMultiplexer>(*");
        }
    }

    [Theory]
    [InlineData("a", "b", "g", null, "KeyPrefix")]
    [InlineData("a", null, "g", "h", "Group")]
    [InlineData("a", "et", null, null, "KeyPrefix")]
    [InlineData("et", "a", null, null, "KeyPrefix")]
    [InlineData("a", null, "default", "h", "Group")]
    public void AddRedisTriggers_TwiceWithDifferentNames_IsRefusedByName(
        string? prefix, string? secondPrefix, string? group, string? secondGroup, string property)
    {
        using var provider = Twice(prefix, group, secondPrefix, secondGroup);

        var (first, second) = property == "Group" ? (group, secondGroup) : (prefix, secondPrefix);
        provider.Invoking(p => p.GetRequiredService<IEventBus>()).Should().Throw<OptionsValidationException>()
            .WithMessage($"*{property}*'{first}' and '{second}' in several calls of AddRedisTriggers*");
    }

    [Theory]
    [InlineData("a", "g", "a", "g")]
    [InlineData("a", null, null, "g")]
    [InlineData("a", "g", null, null)]
    public void AddRedisTriggers_TwiceWithoutContradiction_AddsUp(string? prefix, string? group, string? secondPrefix, string? secondGroup)
    {
        using var provider = Twice(prefix, group, secondPrefix, secondGroup);

        var options = provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value;

        (options.KeyPrefix, options.Group).Should().Be(("a", "g"));
    }

    // Its time is five minutes ahead; nothing is early for it.
    [Fact]
    public async Task ATimeProviderOfTheServices_DoesNotReplaceTheClockOfRedis_AndIsWarnedOf()
    {
        var ahead = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(5));
        await using var host = TestHost.Create(redis, build => build.Services.AddSingleton<TimeProvider>(ahead));
        var consumer = new ManualConsumer(host);
        await consumer.SubscribeAsync("order.reminder");
        await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UtcNow.AddMinutes(4)).Publish(new Reminder(1)));
        await host.Bus.PublishAsync(new Reminder(2), new PublishOptions { Delay = TimeSpan.FromMinutes(4) });

        await consumer.AdvanceAsync();

        (await consumer.ClaimAsync()).Should().BeEmpty();
        host.Log.TextsOf("53").Should().ContainSingle().Which.Should()
            .Contain(nameof(FakeTimeProvider)).And.Contain("UseTimeProviderAsRedisClock");
    }

    [Fact]
    public async Task UseTimeProviderAsRedisClock_ReplacesIt_WithoutAWarning()
    {
        var clock = Clock.At2030();
        await using var host = TestHost.Create(redis, time: clock);

        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;

        (await host.Events.FindAsync(id))!.PublishedAt.Should().Be(clock.GetUtcNow());
        host.Log.TextsOf("53").Should().BeEmpty();
    }

    private ServiceProvider Twice(string? prefix, string? group, string? secondPrefix, string? secondGroup)
    {
        static void Set(RedisTriggersOptions options, string? prefix, string? group) =>
            (options.KeyPrefix, options.Group) = (prefix ?? options.KeyPrefix, group ?? options.Group);

        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(redis.Connection);
        services.AddRedisTriggers(options => Set(options, prefix, group));
        services.AddRedisTriggers(options => Set(options, secondPrefix, secondGroup));
        return services.BuildServiceProvider();
    }

    public sealed class NobodyRegistersThis;

    public sealed class Lacking(NobodyRegistersThis lacked) : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) =>
            throw new InvalidOperationException($"{lacked}");
    }

    public sealed class Failing : IEventHandler<Reminder>
    {
        public Failing() => throw new TimeoutException("what it needs is not there yet");

        public ValueTask HandleAsync(EventContext<Reminder> context, CancellationToken cancellationToken) => default;
    }
}
