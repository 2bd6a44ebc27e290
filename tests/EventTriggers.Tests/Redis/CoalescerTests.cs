using EventTriggers.Redis.Operations;

namespace EventTriggers.Tests.Redis;

/// <summary>What goes into one call, and when it is made. No server is needed for that.</summary>
public sealed class CoalescerTests
{
    private readonly List<(int Sender, Item[] Items, TaskCompletionSource End)> _calls = [];

    [Fact]
    public void TheFirstItem_WhileNothingIsUnderWay_IsSentBeforeAddReturns()
    {
        var coalescer = Create(senders: 2);

        coalescer.Add(new Item());

        _calls.Should().ContainSingle().Which.Items.Should().HaveCount(1);
    }

    [Fact]
    public void AnItem_WhileACallIsUnderWay_WaitsForIt_ThoughAnotherSenderIsIdle()
    {
        var coalescer = Create(senders: 2);
        coalescer.Add(new Item());

        coalescer.Add(new Item());
        coalescer.Add(new Item());
        _calls.Should().HaveCount(1);
        _calls[0].End.SetResult();

        _calls.Should().HaveCount(2);
        _calls[1].Items.Should().HaveCount(2, "what has gathered goes together");
    }

    [Fact]
    public void HalfACall_ThatHasGathered_IsSentBesideTheOneUnderWay()
    {
        var coalescer = Create(senders: 2);
        coalescer.Add(new Item());

        Add(coalescer, count: (BatchLimits.Items / 2) - 1);
        _calls.Should().HaveCount(1);
        Add(coalescer, count: 1);

        _calls.Select(static call => call.Items.Length).Should().Equal(1, BatchLimits.Items / 2);
        _calls.Select(static call => call.Sender).Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData(BatchLimits.Items, 1)]
    [InlineData(4, BatchLimits.Bytes / 4)]
    public void BesideTwoCallsUnderWay_OnlyAFullOneIsSent(int count, int size)
    {
        var coalescer = Create(senders: 4);
        coalescer.Add(new Item());
        Add(coalescer, count: BatchLimits.Items / 2);
        _calls.Should().HaveCount(2);

        Add(coalescer, count - 1, size);
        _calls.Should().HaveCount(2);
        Add(coalescer, count: 1, size);

        _calls.Should().HaveCount(3);
        _calls[2].Items.Should().HaveCount(count);
    }

    [Fact]
    public void HalfACallInBytes_IsSentBesideTheOneUnderWay()
    {
        var coalescer = Create(senders: 2);
        coalescer.Add(new Item());

        coalescer.Add(new Item { Size = BatchLimits.Bytes / 2 });

        _calls.Should().HaveCount(2);
    }

    [Theory]
    [InlineData(BatchLimits.Items + 20, 1, BatchLimits.Items)]
    [InlineData(10, BatchLimits.Bytes / 4, 4)]
    public void ACall_HoldsNoMoreThanItsLimits(int count, int size, int expected)
    {
        var coalescer = Create(senders: 1);
        coalescer.Add(new Item());
        Add(coalescer, count, size);

        _calls[0].End.SetResult();

        _calls[1].Items.Should().HaveCount(expected);
    }

    [Fact]
    public void AnItem_ThatIsLargerThanACall_GoesAlone()
    {
        var coalescer = Create(senders: 1);
        coalescer.Add(new Item());
        Add(coalescer, count: 2, size: 2 * BatchLimits.Bytes);

        _calls[0].End.SetResult();

        _calls[1].Items.Should().HaveCount(1);
    }

    [Fact]
    public void Items_AreSentInTheOrderInWhichTheyCame()
    {
        var coalescer = Create(senders: 1);
        var items = Enumerable.Range(0, 250).Select(static _ => new Item()).ToArray();
        foreach (var item in items)
        {
            coalescer.Add(item);
        }

        for (var i = 0; i < _calls.Count; i++)
        {
            _calls[i].End.SetResult();
        }

        _calls.SelectMany(static call => call.Items).Should().Equal(items);
    }

    // Otherwise one caller's span, and whatever else it keeps in an AsyncLocal, would show on the calls of all who come after it.
    [Fact]
    public void ACall_ForItemsThatHaveGathered_IsNotMadeInTheContextOfTheFirstCaller()
    {
        var (caller, seen, ends) = (new AsyncLocal<string?>(), new List<string?>(), new List<TaskCompletionSource>());
        var coalescer = new Coalescer<Item>(senders: 1, (_, _) =>
        {
            seen.Add(caller.Value);
            ends.Add(new TaskCompletionSource());
            return new ValueTask(ends[^1].Task);
        });
        caller.Value = "first";
        coalescer.Add(new Item());
        caller.Value = "second";
        coalescer.Add(new Item());

        ends[0].SetResult();
        coalescer.Add(new Item());
        ends[1].SetResult();
        ends[2].SetResult();

        seen.Should().Equal("first", null, null);
        coalescer.Add(new Item());
        seen.Should().Equal("first", null, null, "second");
        caller.Value.Should().Be("second", "callers keep their own");
    }

    [Fact]
    public void AFailedCall_FailsItsItems_AndTheNextIsMade()
    {
        var coalescer = Create(senders: 1);
        var (first, second) = (new Item(), new Item());
        coalescer.Add(first);
        coalescer.Add(second);

        _calls[0].End.SetException(new InvalidOperationException("broken"));

        first.Failure.Should().BeOfType<InvalidOperationException>();
        second.Failure.Should().BeNull();
        _calls[1].Items.Should().Equal(second);
    }

    [Fact]
    public async Task SendEach_WhereOneFails_FailsThatOneAlone()
    {
        var items = new List<Item> { new(), new(), new() };
        var sent = new List<Item>();

        await Coalescer<Item>.SendEachAsync(items, alone =>
        {
            sent.AddRange(alone);
            return alone[0] == items[1] ? ValueTask.FromException(new InvalidOperationException("broken")) : ValueTask.CompletedTask;
        });

        sent.Should().Equal(items);
        items.Select(static item => item.Failure is not null).Should().Equal(false, true, false);
    }

    [Fact]
    public void RemoveAll_TakesItemsOutOfTheCallThatIsMade()
    {
        var coalescer = Create(senders: 1);
        coalescer.Add(new Item());
        Add(coalescer, count: 3);
        _calls[0].End.SetResult();
        var gone = _calls[1].Items[1];

        coalescer.RemoveAll(0, item => item == gone).Should().Be(2);

        var left = new List<Item>();
        coalescer.ForEach(left.Add);
        left.Should().Equal(_calls[1].Items[0], _calls[1].Items[2]);
    }

    [Fact]
    public async Task Disposal_SendsWhatWaits_AndEndsAfterTheLastCall()
    {
        var coalescer = Create(senders: 1);
        coalescer.Add(new Item());
        coalescer.Add(new Item());

        var disposal = coalescer.DisposeAsync().AsTask();
        _calls[0].End.SetResult();
        disposal.IsCompleted.Should().BeFalse("a call is under way");
        _calls[1].End.SetResult();

        await Wait.ForAsync(disposal);
        _calls.Should().HaveCount(2);
    }

    [Fact]
    public async Task AnItem_AfterDisposal_Fails()
    {
        var coalescer = Create(senders: 1);
        await coalescer.DisposeAsync();
        var late = new Item();

        coalescer.Add(late);

        late.Failure.Should().BeOfType<ObjectDisposedException>();
        _calls.Should().BeEmpty();
    }

    private static void Add(Coalescer<Item> coalescer, int count, int size = 1)
    {
        for (var i = 0; i < count; i++)
        {
            coalescer.Add(new Item { Size = size });
        }
    }

    // Each call is under way until the test ends it, on the test's thread.
    private Coalescer<Item> Create(int senders) => new(senders, (sender, batch) =>
    {
        var end = new TaskCompletionSource();
        _calls.Add((sender, [.. batch], end));
        return new ValueTask(end.Task);
    });

    private sealed class Item : ICoalesced
    {
        public int Count => 1;

        public int Size { get; init; } = 1;

        public Exception? Failure { get; private set; }

        public void Fail(Exception exception) => Failure = exception;
    }
}
