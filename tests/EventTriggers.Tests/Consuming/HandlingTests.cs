using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Tests.Consuming;

public sealed class HandlingTests(RedisFixture redis)
{
    [Fact]
    public async Task Publish_WithAHandler_HandlesTheEventOnce()
    {
        var handled = new ConcurrentQueue<EventContext<OrderPlaced>>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            handled.Enqueue(context);
            return default;
        })).Start();

        var id = await host.Bus.PublishAsync(new OrderPlaced(42), new PublishOptions { CorrelationId = "c1", Headers = new Dictionary<string, string> { ["k"] = "v" } }, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "the event is processed");

        var context = handled.Should().ContainSingle().Subject;
        context.Id.Should().Be(id);
        context.Event.Should().Be(new OrderPlaced(42));
        context.Type.Should().Be("order.placed");
        context.Attempt.Should().Be(1);
        context.CorrelationId.Should().Be("c1");
        context.Headers.Should().Equal(new Dictionary<string, string> { ["k"] = "v" });
        context.Firing.Should().BeNull();
    }
}
