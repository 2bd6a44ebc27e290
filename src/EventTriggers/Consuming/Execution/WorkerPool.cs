using System.Collections.Concurrent;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Runs what is posted, at most so many at a time. Workers start one after the other, each asking for the next while work is left: what blocks
/// gets its threads at once, and what is done in microseconds does not wake one thread after another.
/// </summary>
internal sealed class WorkerPool(int most, Func<Lease, ValueTask> run) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Lease> _waiting = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _active;
    private int _isStarting;

    // What was posted and is not done; and 1 more until it is closed.
    private int _open = 1;

    public void Post(Lease lease)
    {
        Interlocked.Increment(ref _open);
        _waiting.Enqueue(lease);
        Start();
    }

    /// <summary>Waits until everything that was posted is done. What is posted later is run, too, and nobody waits for it.</summary>
    public Task CloseAsync()
    {
        Done();
        return _ended.Task;
    }

    /// <summary>One worker; it never throws.</summary>
    void IThreadPoolWorkItem.Execute() => _ = WorkAsync();

    private void Start()
    {
        if (!_waiting.IsEmpty && Volatile.Read(ref _active) < most && Interlocked.Exchange(ref _isStarting, 1) == 0)
        {
            // On this thread, if nobody else is faster: it is about to wait for Redis again.
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
    }

    private async Task WorkAsync()
    {
        // In this order: whoever sees that nobody is starting also sees this worker.
        Interlocked.Increment(ref _active);
        Volatile.Write(ref _isStarting, 0);
        while (_waiting.TryDequeue(out var lease))
        {
            Start();
            try
            {
                await run(lease).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // The last edge: the delivery is back after its lease, and the worker goes on.
            }

            Done();
        }

        // What was posted after the last look, when all seemed busy, is looked for once more.
        Interlocked.Decrement(ref _active);
        Start();
    }

    private void Done()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _ended.TrySetResult();
        }
    }
}
