using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Publishing;

namespace EventTriggers.Tests.Redis;

/// <summary>How a publish that waits ends, and what it gives back then. No server is needed for that.</summary>
public sealed class PendingPublishTests
{
    private const int Most = 1024 * 1024;

    private readonly PublishBudget _budget = new(Most, partitions: 1);
    private readonly Partition _partition = new(0, new RedisKeys("p", 0), string.Empty, database: 0);

    [Fact]
    public async Task AReply_CompletesIt_AfterItsRoomIsGivenBack()
    {
        var pending = Pending("e1");
        pending.TryTakeRoom().Should().BeTrue();
        _budget.Waiting.Should().BeGreaterThan(0);

        pending.Complete(default);

        pending.IsOver.Should().BeTrue();
        _budget.Waiting.Should().Be(0);
        (await pending.Accepted).Should().Be(new PublishResult("e1", PublishOutcome.Accepted));
    }

    [Fact]
    public async Task EachEvent_GetsWhatItsReplySaysOfIt()
    {
        var (repeated, kept) = (Pending("e1"), Pending("e2"));

        repeated.Complete(new PublishedPart(IsRepeated: true, Kept: null));
        kept.Complete(new PublishedPart(IsRepeated: false, new Dictionary<int, string> { [0] = "holder" }));

        (await repeated.Accepted).Should().Be(new PublishResult("e1", PublishOutcome.Repeated));
        (await kept.Accepted).Should().Be(new PublishResult("holder", PublishOutcome.Kept));
    }

    [Fact]
    public async Task AToken_WithdrawsIt_UntilItIsTaken()
    {
        using var source = new CancellationTokenSource();
        var (early, late) = (Pending("e1"), Pending("e2"));
        (early.TryTakeRoom() & late.TryTakeRoom()).Should().BeTrue();
        early.WithdrawOn(source.Token);
        late.WithdrawOn(source.Token);
        late.TryTake().Should().BeTrue();

        await source.CancelAsync();

        early.TryTake().Should().BeFalse("it is not to be sent");
        early.Accepted.IsCanceled.Should().BeTrue();
        late.IsOver.Should().BeFalse("it may be accepted by now");
        late.Complete(default);
        _budget.Waiting.Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ItsTime_EndsIt_AndSaysWhetherItMayHaveBeenAccepted(bool isTaken)
    {
        var pending = Pending("e1");
        pending.TryTakeRoom().Should().BeTrue();
        if (isTaken)
        {
            pending.TryTake().Should().BeTrue();
        }

        pending.Expire(TimeSpan.FromSeconds(5));

        var awaiting = () => pending.Accepted;
        (await awaiting.Should().ThrowAsync<StoreUnavailableException>()).Which.MayHaveHappened.Should().Be(isTaken);
        pending.TryTake().Should().BeFalse("what its caller was told is not done later");
        _budget.Waiting.Should().Be(0);
    }

    // Its reply, its time, its token and the end of the process.
    [Fact]
    public async Task Ends_ThatComeAtOnce_CountAsOne()
    {
        for (var round = 0; round < 200; round++)
        {
            using var source = new CancellationTokenSource();
            using var start = new Barrier(4);
            var pending = Pending("e1");
            pending.TryTakeRoom().Should().BeTrue();
            pending.WithdrawOn(source.Token);
            Action[] ends =
            [
                () => pending.Complete(default), () => pending.Fail(new ObjectDisposedException("bus")),
                () => pending.Expire(TimeSpan.FromSeconds(5)), source.Cancel,
            ];

            await Task.WhenAll(Array.ConvertAll(ends, end => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    end();
                },
                TaskCreationOptions.LongRunning)));

            pending.Accepted.IsCompleted.Should().BeTrue();
            _budget.Waiting.Should().Be(0, "its room is given back once");
        }
    }

    [Fact]
    public async Task AListOfEvents_IsSentAndAcceptedAsOne()
    {
        OutgoingEvent[] events = [Event("e1"), Event("e2"), Event("e3")];
        var pending = new PendingEvents(_budget, _partition, since: 0, events);
        var call = new List<OutgoingEvent> { Event("e0") };

        pending.AddTo(call);
        pending.Complete(new PublishedPart(IsRepeated: false, new Dictionary<int, string> { [1] = "holder" }));

        pending.Count.Should().Be(3);
        pending.Size.Should().Be(events.Sum(static one => one.Size));
        call.Select(static one => one.Id).Should().Equal("e0", "e1", "e2", "e3");
        (await pending.Accepted).AcceptedOf(events).Select(static one => one.Id).Should().Equal("e1", "e3");
    }

    private static OutgoingEvent Event(string id) => new(id, "order.placed", "{}"u8.ToArray(), Options: null);

    private PendingEvent Pending(string id) => new(_budget, _partition, since: 0, Event(id));
}
