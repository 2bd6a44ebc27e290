namespace EventTriggers.Tests.Consuming;

/// <summary>A follow-up goes on with the correlation id and the headers of the event that it follows.</summary>
public sealed class InheritedHeadersTests(RedisFixture redis)
{
    private static readonly PublishOptions Parent = new()
    {
        CorrelationId = "c5", Headers = new Dictionary<string, string> { ["tenant"] = "acme", ["trace"] = "00-ü" },
    };

    [Fact]
    public async Task FollowUp_WithoutHeaders_HasThoseOfItsParent()
    {
        var followUp = await FollowUpAsync(Parent, options: null);

        followUp.CorrelationId.Should().Be("c5");
        followUp.Headers.Should().Equal(Parent.Headers);
    }

    [Fact]
    public async Task FollowUp_WithHeadersOfItsOwn_HasThemBeforeThoseOfItsParent()
    {
        var followUp = await FollowUpAsync(
            Parent,
            new PublishOptions { CorrelationId = "own", Headers = new Dictionary<string, string> { ["trace"] = "01", ["Tenant"] = "x" } });

        followUp.CorrelationId.Should().Be("own");
        followUp.Headers.Should().Equal(new Dictionary<string, string> { ["tenant"] = "acme", ["trace"] = "01", ["Tenant"] = "x" });
    }

    [Fact]
    public async Task FollowUp_WithAnEmptyCorrelationId_HasNone() =>
        (await FollowUpAsync(Parent, new PublishOptions { CorrelationId = string.Empty })).CorrelationId.Should().BeNull();

    [Fact]
    public async Task FollowUp_OfAnEventWithoutHeaders_HasItsOwn()
    {
        var own = new Dictionary<string, string> { ["trace"] = "01" };

        (await FollowUpAsync(parent: null, new PublishOptions { Headers = own })).Headers.Should().Equal(own);
        (await FollowUpAsync(parent: null, options: null)).Headers.Should().BeEmpty();
    }

    [Fact]
    public async Task FollowUp_ThatWouldHaveTooManyHeadersWithItsParents_IsRefused()
    {
        var refusal = new TaskCompletionSource<string>();
        var (first, second) = (Many("p"), Many("f"));
        await using var host = TestHost.Create(redis, build => build.AddHandler<OrderPlaced>((context, _) =>
        {
            var publish = () => context.Publish(new Reminder(1), new PublishOptions { Headers = second });
            refusal.TrySetResult(publish.Should().Throw<ArgumentException>().Which.Message);
            return default;
        })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(1), new PublishOptions { Headers = first });

        (await Wait.ForAsync(refusal.Task)).Should().Contain("at most 64 headers").And.Contain("has 80");
    }

    private static Dictionary<string, string> Many(string prefix) => Enumerable.Range(0, 40).ToDictionary(n => $"{prefix}{n}", _ => "v");

    private async Task<EventContext<Reminder>> FollowUpAsync(PublishOptions? parent, PublishOptions? options)
    {
        var followUp = new TaskCompletionSource<EventContext<Reminder>>();
        await using var host = TestHost.Create(redis, build => build
            .AddHandler<OrderPlaced>((context, _) =>
            {
                context.Publish(new Reminder(5), options);
                return default;
            })
            .AddHandler<Reminder>((context, _) =>
            {
                followUp.TrySetResult(context);
                return default;
            })).Start();

        await host.Bus.PublishAsync(new OrderPlaced(5), parent);
        return await Wait.ForAsync(followUp.Task);
    }
}
