using EventTriggers.Testing;

namespace EventTriggers.Tests.TestKit;

/// <summary>Batch handlers in the test kit: by themselves, and in a host whose clock the test moves.</summary>
public sealed class TestBatchTests(RedisFixture redis)
{
    [Fact]
    public async Task AdvanceAsync_LetsABatchBeginWhenItsFirstEventHasWaited()
    {
        var sizes = new List<int>();
        await using var app = await EventTriggersTestHost.StartAsync(
            services => services.AddRedisTriggers().AddBatchHandler<OrderPlaced>((batch, _) =>
            {
                sizes.Add(batch.Count);
                return default;
            }),
            new EventTriggersTestHostOptions { ConnectionString = redis.Server.ConnectionString });
        var begun = app.Time.GetUtcNow();
        await app.PublishAsync(new OrderPlaced(1));
        await app.PublishAsync(new OrderPlaced(2));

        await app.IdleAsync();
        app.Handled<OrderPlaced>().Should().BeEmpty("the batch waits, and the clock stands still");
        await app.AdvanceAsync(TimeSpan.FromMilliseconds(999));
        app.Handled<OrderPlaced>().Should().BeEmpty();
        await app.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        app.Handled<OrderPlaced>().Select(static order => order.Number).Should().BeEquivalentTo([1, 2]);
        (await app.HandledAsync<OrderPlaced>(static order => order.Number == 2)).Number.Should().Be(2);
        sizes.Should().Equal(2);
        app.Time.GetUtcNow().Should().Be(begun + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Handled_HasNoEventThatIsMarked_UntilItSucceeds()
    {
        await using var app = await EventTriggersTestHost.StartAsync(
            static services => services.AddRedisTriggers(static options => options.MaxAttempts = 1).AddBatchHandler<OrderPlaced>(
                static (batch, _) =>
                {
                    batch.Single(static item => item.Event.Number == 2).Fail(new InvalidOperationException("no"));
                    return default;
                },
                static options => options.MaxSize = 2),
            new EventTriggersTestHostOptions { ConnectionString = redis.Server.ConnectionString });
        await app.PublishAsync(new OrderPlaced(1));
        await app.PublishAsync(new OrderPlaced(2));

        await app.IdleAsync();

        app.Handled<OrderPlaced>().Select(static order => order.Number).Should().Equal(1);
        (await app.DescribeAsync()).Should().Contain("no");
    }

    [Fact]
    public void Create_MakesABatch_WhoseMarksAndFollowUpsATestReads()
    {
        var (first, second) = (TestEventContext.Create(new OrderPlaced(1)), TestEventContext.Create(new OrderPlaced(2)));
        var batch = TestEventBatch.Create([first, second]);
        first.LoseLease();

        batch[1].Publish(new Reminder(2));
        batch[0].Fail(new InvalidOperationException("no"));

        (batch.Count, batch[0].LeaseIsLost, batch[1].LeaseIsLost).Should().Be((2, true, false));
        batch[0].Failure!.Message.Should().Be("no");
        second.PublishedOf<Reminder>().Single().Event.Number.Should().Be(2);
        batch.Invoking(static one => one[2]).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*between 0 and 1, but is 2*");
    }

    [Fact]
    public void Create_WithoutEvents_IsRefused() =>
        FluentActions.Invoking(static () => TestEventBatch.Create<OrderPlaced>([])).Should().Throw<ArgumentException>()
            .WithMessage("A batch has at least one event*");
}
