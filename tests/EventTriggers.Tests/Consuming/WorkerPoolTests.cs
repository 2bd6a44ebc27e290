using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Consuming;

/// <summary>How claimed deliveries are run.</summary>
public sealed class WorkerPoolTests
{
    [Fact]
    public async Task Post_OfMoreThanThereAreWorkers_RunsAtMostSoManyAtATime()
    {
        var (running, most, gate) = (0, 0, new SemaphoreSlim(0));
        var pool = new WorkerPool(3, async _ =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await gate.WaitAsync();
            Interlocked.Decrement(ref running);
        });

        Post(pool, 10);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, "three workers have begun");
        gate.Release(10);
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));

        (running, most).Should().Be((0, 3));
    }

    [Fact]
    public async Task Resize_ToFewer_AppliesAsTheyEnd_AndToMore_AtOnce()
    {
        var (running, most, started, gate) = (0, 0, 0, new SemaphoreSlim(0));
        var pool = new WorkerPool(4, async _ =>
        {
            Interlocked.Increment(ref started);
            InterlockedMax(ref most, Interlocked.Increment(ref running));
            await gate.WaitAsync();
            Interlocked.Decrement(ref running);
        });
        Post(pool, 20);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 4, "four workers have begun");

        pool.Resize(2);
        gate.Release(2);
        await Wait.UntilAsync(() => pool.Active == 2, "two have left");
        (running, started, pool.Waiting).Should().Be((2, 4, 16));
        gate.Release(3);
        await Wait.UntilAsync(() => Volatile.Read(ref started) == 7, "those that are left go on");
        pool.Active.Should().Be(2);
        Volatile.Write(ref most, 0);
        pool.Resize(6);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 6, "four more have begun");

        gate.Release(20);
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));
        (running, most, started).Should().Be((0, 6, 20));
    }

    [Fact]
    public async Task Resize_ToNone_LeavesOneWhileThereIsWork_AndEachThatIsTooManySaysThatItHasEnded()
    {
        var (running, shrunk, gate) = (0, 0, new SemaphoreSlim(0));
        var pool = new WorkerPool(3, async _ =>
        {
            Interlocked.Increment(ref running);
            await gate.WaitAsync();
            Interlocked.Decrement(ref running);
        })
        {
            Shrunk = () => Interlocked.Increment(ref shrunk),
        };
        Post(pool, 5);
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, "three workers have begun");

        pool.Resize(0);
        gate.Release(2);
        await Wait.UntilAsync(() => Volatile.Read(ref shrunk) == 2, "two have ended");
        (running, pool.Waiting).Should().Be((1, 2));
        gate.Release(3);
        await Wait.UntilAsync(() => Volatile.Read(ref shrunk) == 3, "the last one has ended");

        (running, pool.Waiting).Should().Be((0, 0));
        pool.Resize(2);
        Post(pool, 2);
        gate.Release(2);
        await Wait.UntilAsync(() => pool.Active == 0, "all has ended");
        shrunk.Should().Be(3, "two are not too many");
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    // Whoever leaves, posts and resizes at the same moment: what is posted is run, and in the end by no more than there may be.
    [Fact]
    public async Task Resize_WhileWorkIsPosted_LosesNothing()
    {
        var (ran, running, posted, most, random) = (0, 0, 0, 0, new Random(7));
        var pool = new WorkerPool(8, async _ =>
        {
            var now = Interlocked.Increment(ref running);
            most = Math.Max(most, now);
            await Task.Yield();
            Interlocked.Increment(ref ran);
            Interlocked.Decrement(ref running);
        });
        for (var round = 0; round < 300; round++)
        {
            var some = random.Next(20);
            posted += some;
            Post(pool, some);
            pool.Resize(random.Next(1, 9));
        }

        pool.Resize(1);
        await Wait.UntilAsync(() => Volatile.Read(ref ran) == posted, "all is done");
        most = 0;
        Post(pool, 100);
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));

        (ran, running, most).Should().Be((posted + 100, 0, 1));
    }

    [Fact]
    public async Task Close_WaitsForWhatRuns()
    {
        var gate = new TaskCompletionSource();
        var pool = new WorkerPool(1, async _ => await gate.Task);
        Post(pool, 2);

        var closing = pool.CloseAsync();

        closing.IsCompleted.Should().BeFalse();
        gate.SetResult();
        await closing.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task ADeliveryThatThrows_EndsNoWorker()
    {
        var ran = 0;
        var pool = new WorkerPool(1, _ =>
        {
            Interlocked.Increment(ref ran);
            throw new InvalidOperationException("on purpose");
        });

        Post(pool, 5);
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));

        ran.Should().Be(5);
    }

    // Each blocks its thread: workers that started one another only when one ends would run one at a time.
    [Fact]
    public async Task HandlersThatBlock_GetTheirThreadsAtOnce()
    {
        using var all = new Barrier(4);
        var pool = new WorkerPool(4, _ =>
        {
            all.SignalAndWait(TimeSpan.FromSeconds(30)).Should().BeTrue("all four run at once");
            return ValueTask.CompletedTask;
        });

        Post(pool, 4);

        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(60));
        all.CurrentPhaseNumber.Should().Be(1);
    }

    // What is posted just when the only worker ends found it busy: the worker looks once more. No single post hits that moment for sure, so
    // many are posted, each as soon as the one before has run.
    [Fact]
    public async Task Post_JustWhenAWorkerEnds_IsRun()
    {
        var ran = 0;
        var pool = new WorkerPool(1, _ =>
        {
            Interlocked.Increment(ref ran);
            return ValueTask.CompletedTask;
        });
        var (lease, posted, isRun) = (NewLease("e"), 0, true);

        while (isRun && posted < 200_000)
        {
            posted++;
            pool.Post(lease);
            isRun = SpinWait.SpinUntil(() => Volatile.Read(ref ran) == posted, TimeSpan.FromSeconds(30));
        }

        isRun.Should().BeTrue($"post {posted} is run");
        await pool.CloseAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task TryTake_WithoutWorkers_TakesInOrder()
    {
        var pool = new WorkerPool(2, run: null);
        Post(pool, 2);

        // A worker would have begun before this is over.
        for (var i = 0; i < 100; i++)
        {
            await Task.Yield();
        }

        (Taken(pool), Taken(pool), Taken(pool)).Should().Be(("e0", "e1", null));
    }

    private static string? Taken(WorkerPool pool) => pool.TryTake(out var lease) ? lease.Delivery.Id : null;

    private static void Post(WorkerPool pool, int count)
    {
        for (var i = 0; i < count; i++)
        {
            pool.Post(NewLease($"e{i}"));
        }
    }

    private static Lease NewLease(string id) => new(
        new Delivery { Group = "default", Id = id, Fence = 1, Attempt = 1 },
        new Partition(0, new RedisKeys("test", 0), string.Empty, 0),
        new DeliveryQueue("default", concurrency: 1),
        renewed: 0);

    private static void InterlockedMax(ref int target, int value)
    {
        for (var known = Volatile.Read(ref target); value > known; known = Volatile.Read(ref target))
        {
            Interlocked.CompareExchange(ref target, value, known);
        }
    }
}
