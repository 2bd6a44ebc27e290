using System.Collections.Concurrent;
using System.Text.Json;

namespace EventTriggers.Tests;

/// <summary>329 real deliveries of 58 types, up to 28 KB.</summary>
public sealed class WebhookTests(RedisFixture redis)
{
    [Fact]
    public async Task RealDeliveries_AreHandledByteForByteAndRaiseFollowUps()
    {
        var lines = Webhooks.Read();
        var types = lines.Select(line => line.Type).Distinct().ToList();
        var handled = new ConcurrentBag<(string Id, string Type, string Json)>();
        var raised = new ConcurrentBag<SourceEvent>();
        await using var host = TestHost.Create(redis, build =>
        {
            foreach (var type in types)
            {
                build.AddHandler<JsonElement>((context, _) =>
                {
                    handled.Add((context.Id, context.Type, context.Event.GetRawText()));
                    return default;
                }, type);
            }

            build.AddHandler<Reminder>((context, _) =>
            {
                raised.Add(context.Firing!.Sources[0]);
                return default;
            });
        }).Start();
        await host.Triggers.AddAsync(Trigger.On("github.issues.opened").Publish(new Reminder(1)));
        await host.Triggers.AddAsync(Trigger.On("github.push").Publish(new Reminder(2)));

        var published = await Task.WhenAll(
            lines.Select(async line => ((await host.Bus.PublishRawAsync(line.Type, line.Payload)).Id, line)));
        var expected = lines.Count(line => line.Type is "github.issues.opened" or "github.push");
        await Wait.UntilAsync(() => handled.Count >= lines.Count && raised.Count >= expected, "all are handled and raised");

        handled.Count.Should().Be(lines.Count);
        handled.ToHashSet().SetEquals(published.Select(p => (p.Item1, p.line.Type, System.Text.Encoding.UTF8.GetString(p.line.Payload))))
            .Should().BeTrue("each is handled as it was published");
        expected.Should().BePositive();
        raised.Should()
            .HaveCount(expected).And.OnlyContain(source => source.Type == "github.issues.opened" || source.Type == "github.push");
        foreach (var source in raised)
        {
            var original = published.Single(p => p.Item1 == source.Id).line.Payload;
            source.Payload.ToArray().Should().Equal(original);
        }
    }
}
