using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests.Diagnostics;

/// <summary>What a line was about is in its scopes (docs/logs.md), through whatever logger a handler writes it.</summary>
public sealed class LogScopeTests(RedisFixture redis)
{
    [Fact]
    public async Task AHandlersOwnLines_CarryItsDelivery()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            context.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop").LogInformation("charged {Attempt}", context.Attempt);
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : default;
        })).Start();
        var id = (await host.Bus.PublishAsync(new OrderPlaced(1))).Id;
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        host.Log.ScopesAround("charged 1").Should().ContainSingle().Which.Should().BeEquivalentTo(new Dictionary<string, object?>
        {
            ["Prefix"] = host.Prefix,
            ["Group"] = "default",
            ["EventId"] = id,
            ["EventType"] = "order.placed",
            ["Attempt"] = 1,
        });
        host.Log.ScopesAround("charged 2").Should().ContainSingle().Which["Attempt"].Should().Be(2);
    }

    [Fact]
    public async Task WhereATriggerRaisedTheEvent_ItsIdIsThere()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            context.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Shop").LogInformation("reminded");
            return default;
        })).Start();
        await host.Triggers.AddAsync(Trigger.At(DateTimeOffset.UnixEpoch).WithId("remind").Publish(new OrderPlaced(1)));
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is processed");

        host.Log.ScopesAround("reminded").Should().ContainSingle().Which["TriggerId"].Should().Be("remind");
    }

    [Fact]
    public async Task TheLoopsLines_CarryThePrefix_AndNoDelivery()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default)).Start();
        await host.AsleepAsync(new OrderPlaced(1));
        await host.StopAsync();

        host.Log.ScopesAround("Consuming group").Concat(host.Log.ScopesAround("Stopping")).Should().HaveCount(2)
            .And.OnlyContain(scope => scope.Count == 1 && Equals(scope["Prefix"], host.Prefix));
    }

    [Fact]
    public async Task WhereTheFiringCannotBeRead_TheLineThatSaysSoIsWrittenAllTheSame()
    {
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((_, _) => default));
        var delivery = new Delivery { Group = "g", Id = "e", Fence = 1, Attempt = 1, Firing = "{]"u8.ToArray() };
        using (host.Services.GetRequiredService<ILogger<LogScopeTests>>().BeginScope(new DeliveryScope("p", delivery)))
        {
            host.Services.GetRequiredService<ILogger<LogScopeTests>>().LogInformation("unreadable");
        }

        host.Log.ScopesAround("unreadable").Should().ContainSingle().Which.Should().Contain("TriggerId", null).And.Contain("EventId", "e");
    }

    [Fact]
    public void ALoggerWhoseScopesThrow_IsNobodysTrouble()
    {
        var logger = GuardedLogger.Wrap(new Throwing(throwsOnBegin: true));
        logger.BeginScope("x").Should().BeNull();

        var ends = GuardedLogger.Wrap(new Throwing(throwsOnBegin: false)).BeginScope("x");
        var ending = () => ends!.Dispose();
        ending.Should().NotThrow();
    }

    private sealed class Throwing(bool throwsOnBegin) : ILogger, IDisposable
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throwsOnBegin ? throw new InvalidOperationException("full") : this;

        public void Dispose() => throw new InvalidOperationException("full");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
        }
    }
}
