using System.Diagnostics;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;

namespace EventTriggers.Tests.Diagnostics.Telemetry;

/// <summary>While nothing listens there is no span, no field, and nothing is allocated.</summary>
[Collection(TelemetryCollection.Name)]
public sealed class NoListenerTests(RedisFixture redis)
{
    [Fact]
    public async Task NoHashHasAContext_AndNoHandlerASpan()
    {
        var current = new List<Activity?>();
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            current.Add(Activity.Current);
            context.Publish(new Reminder(1));
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : default;
        })).Start();
        await host.Triggers.AddAsync(Trigger.On<OrderPlaced>().WithId("on").Publish(new Reminder(2)));
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order" });
        await host.Bus.PublishManyAsync([new Reminder(3)]);
        await Wait.UntilAsync(async () => (await host.Events.CountAsync()).Processed == 1, "it is handled");

        current.Should().HaveCount(2).And.OnlyContain(static span => span == null);
        await foreach (var key in redis.Connection.GetServers()[0].KeysAsync(pattern: $"*{host.Prefix}:*"))
        {
            var name = key.ToString();
            if (name.Contains(":event:", StringComparison.Ordinal) || name.Contains(":trigger:", StringComparison.Ordinal))
            {
                (await redis.Connection.GetDatabase().HashKeysAsync(key)).Should()
                    .NotContain(static field => field.ToString().StartsWith("trace", StringComparison.Ordinal));
            }
        }
    }

    // As ASP.NET Core makes spans, for the sake of logs, where nobody listens to them.
    [Fact]
    public async Task ASpanThatIsNotRecorded_IsNotCarried()
    {
        await using var host = TestHost.Create(redis);
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order" });

        (await redis.Database.HashExistsAsync(host.Keyspace.PartitionOf("order").Keys.Event("order"), "trace")).Should().BeFalse();
        await host.Triggers.AddAsync(Trigger.After(TimeSpan.FromHours(1)).WithId("later").Publish(new Reminder(1)));
        (await redis.Connection.GetDatabase().HashExistsAsync(host.Keyspace.PartitionOf("later").Keys.Trigger("later"), "trace"))
            .Should().BeFalse();
    }

    // Of another library or of the host's own, whose listener does not listen to this one.
    [Fact]
    public async Task ASpanThatIsRecorded_IsCarried()
    {
        await using var host = TestHost.Create(redis);
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        await host.Bus.PublishAsync(new OrderPlaced(1), new() { Id = "order" });

        ((string?)await redis.Connection.GetDatabase().HashGetAsync(host.Keyspace.PartitionOf("order").Keys.Event("order"), "trace"))
            .Should().Be(request.Id);
    }

    [Fact]
    public void AskingWhetherToLookCostsNoMemory()
    {
        var outgoing = new OutgoingEvent("e", "t", "1"u8.ToArray(), null);
        Look();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Look();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void Look()
        {
            _ = PublishCall.IsWatched | DeliveryTelemetry.IsWatched | TriggerMetrics.IsWatched;
            _ = outgoing.PublishedBy(TraceText.OfCurrent());
            OperationMetrics.Record("publish", "send", OperationMetrics.Begin());
            DeliveryMetrics.LeaseLost("g");
            DeliveryMetrics.Buried("g", 1);
            TriggerMetrics.Count("at", 1, 2);
        }
    }
}
