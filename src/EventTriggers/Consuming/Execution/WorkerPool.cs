using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Runs the deliveries that are posted, a limited number at a time. Workers start one after the other, each asking for the next while work
/// is left: handlers that block get their threads at once, and handlers that take microseconds do not wake one thread after another.
/// </summary>
/// <param name="limit">How many run at a time; see <see cref="Resize"/>.</param>
/// <param name="run">Runs one; <see langword="null"/> where <see cref="TryTake"/> takes what is posted.</param>
internal sealed class WorkerPool(int limit, Func<Lease, ValueTask>? run) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Lease> _waiting = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _limit = limit;
    private int _active;
    private int _isStarting;
    private volatile bool _isClosed;

    // What was posted and is not done; and 1 more until it is closed.
    private int _open = 1;

    /// <summary>Gets how many workers run.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Gets how much no worker has begun.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Gets or sets what is called when a worker has ended that was one too many, or after it was closed.</summary>
    public Action? Shrunk { get; set; }

    /// <summary>
    /// Changes how many run at a time. More of them start at once, if there is work; of fewer, those that are too many end with what they
    /// have begun. Even if none is to run, one does while anything is left that was posted before.
    /// </summary>
    public void Resize(int most)
    {
        Volatile.Write(ref _limit, most);
        Start();
    }

    public void Post(Lease lease)
    {
        Interlocked.Increment(ref _open);
        _waiting.Enqueue(lease);
        Start();
    }

    /// <summary>Takes what no worker has begun.</summary>
    public bool TryTake([NotNullWhen(true)] out Lease? lease) => _waiting.TryDequeue(out lease);

    /// <summary>
    /// Ends deliveries that no worker has begun, outside of the workers; but not batches, which it leaves to them. The last one comes
    /// first: each is put in front of the ready ones.
    /// </summary>
    public void EndWaiting(Func<Lease, ValueTask> end)
    {
        var (ending, batches) = (new Stack<Lease>(), new List<Lease>());
        for (var left = _waiting.Count; left > 0 && _waiting.TryDequeue(out var lease); left--)
        {
            if (lease.Batch is null)
            {
                ending.Push(lease);
            }
            else
            {
                batches.Add(lease);
            }
        }

        batches.ForEach(_waiting.Enqueue);
        Start();
        foreach (var lease in ending)
        {
            // Side by side: one of a partition that is away holds up no other.
            _ = EndAsync(lease, end);
        }
    }

    /// <summary>Waits until everything that was posted is done. What is posted later runs too, but is not awaited.</summary>
    public Task CloseAsync()
    {
        _isClosed = true;
        Done();
        return _ended.Task;
    }

    /// <summary>One worker; it never throws.</summary>
    void IThreadPoolWorkItem.Execute() => _ = WorkAsync(run!);

    // What was posted before is done, even if none is to run.
    private int MostActive => Math.Max(1, Volatile.Read(ref _limit));

    private void Start()
    {
        if (run is not null && !_waiting.IsEmpty && Volatile.Read(ref _active) < MostActive
            && Interlocked.Exchange(ref _isStarting, 1) == 0)
        {
            // On this thread, unless another one is faster: this one is about to wait for Redis again.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    private async Task WorkAsync(Func<Lease, ValueTask> handle)
    {
        // In this order: a thread that sees that no worker is starting also sees this worker.
        Interlocked.Increment(ref _active);
        Volatile.Write(ref _isStarting, 0);
        // One that is too many ends. Where several do at once, so that they are too few, the last line starts others.
        while (Volatile.Read(ref _active) <= MostActive && _waiting.TryDequeue(out var lease))
        {
            Start();
            try
            {
                await handle(lease).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The last edge: the delivery is back after its lease, and the worker goes on.
            }

            Done();
        }

        // What was posted after the last look, when all workers seemed busy, is looked for once more.
        var left = Interlocked.Decrement(ref _active);
        Start();
        if (_isClosed || left >= Volatile.Read(ref _limit))
        {
            Shrunk?.Invoke();
        }
    }

    // Workers do the same without this method, which would make one more object for each delivery.
    private async Task EndAsync(Lease lease, Func<Lease, ValueTask> end)
    {
        try
        {
            await end(lease).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The last edge: the delivery is back after its lease.
        }

        Done();
    }

    private void Done()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _ended.TrySetResult();
        }
    }
}
