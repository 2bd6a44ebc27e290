namespace EventTriggers.Redis.Operations;

/// <summary>
/// Puts waiting items into one call, after the idea of Nagle's algorithm. While no call is under way an item is sent at once, on the thread
/// that brings it, so batching adds no latency. While a call is under way items gather until it returns, or until they are worth a call of
/// their own: half a call beside one, a full call beside more.
/// </summary>
internal sealed class Coalescer<T> : IAsyncDisposable
    where T : class, ICoalesced
{
    // One call leaves the server idle between its reply and the next call, and two keep it busy. What waits beside two saves calls, each of
    // which costs the server as much as six items, and the process about as much again.
    private const int Busy = 2;

    private readonly Lock _lock = new();
    private readonly Queue<T> _waiting = new();
    private readonly Stack<int> _idle;
    private readonly List<T>[] _batches;
    private readonly Func<int, List<T>, ValueTask> _send;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private long _size;
    private bool _isClosed;

    /// <param name="senders">The number of calls that may be under way at once.</param>
    /// <param name="send">Makes one call, as the sender with the given number, and completes its items.</param>
    public Coalescer(int senders, Func<int, List<T>, ValueTask> send)
    {
        _send = send;
        _idle = new Stack<int>(Enumerable.Range(0, senders));
        _batches = [.. Enumerable.Range(0, senders).Select(static _ => new List<T>())];
    }

    /// <summary>Sends each item of a call by itself after one of them made the call fail: that one fails alone.</summary>
    public static async ValueTask SendEachAsync(List<T> batch, Func<List<T>, ValueTask> send)
    {
        foreach (var item in batch)
        {
            try
            {
                await send([item]).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The edge of one item: its caller gets the failure, and the next item is sent.
                item.Fail(e);
            }
        }
    }

    public void Add(T item)
    {
        if (!TryEnqueue(item, out var sender))
        {
            item.Fail(new ObjectDisposedException(nameof(Coalescer<>), "The service provider was disposed."));
        }
        else if (sender is { } idle)
        {
            // It does not throw, and disposal waits for it.
            _ = SendAsync(idle);
        }
    }

    /// <summary>Removes items from a sender's call that are no longer to be sent.</summary>
    /// <returns>The number of items that are left.</returns>
    public int RemoveAll(int sender, Predicate<T> isOver)
    {
        lock (_lock)
        {
            _batches[sender].RemoveAll(isOver);
            return _batches[sender].Count;
        }
    }

    /// <summary>Visits every item that waits or is under way.</summary>
    public void ForEach(Action<T> look)
    {
        lock (_lock)
        {
            foreach (var item in _batches.SelectMany(static batch => batch).Concat(_waiting))
            {
                look(item);
            }
        }
    }

    /// <summary>Accepts no more items; those that wait are still sent.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            EndIfIdle();
        }
    }

    /// <summary>Sends the items that wait, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _ended.Task.ConfigureAwait(false);
    }

    // False when it is closed. The sender is the one that is to make a call now, if any.
    private bool TryEnqueue(T item, out int? sender)
    {
        sender = null;
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            _waiting.Enqueue(item);
            (_count, _size) = (_count + item.Count, _size + item.Size);
            if (_idle.Count > 0 && IsWorthACall(_idle.Count))
            {
                sender = _idle.Pop();
            }

            return true;
        }
    }

    private async Task SendAsync(int sender)
    {
        var batch = _batches[sender];
        while (Gather(sender, batch))
        {
            try
            {
                await _send(sender, batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The edge of the sender: each item gets the failure, and the next call is made.
                batch.ForEach(item => item.Fail(e));
            }

            // The first call was made for the caller that brought its item; what comes now belongs to others.
            EmptyContext.Enter();
        }
    }

    // Fills a sender's next call, or makes it idle: then the senders that are under way take the waiting items when they return.
    private bool Gather(int sender, List<T> batch)
    {
        lock (_lock)
        {
            batch.Clear();
            if (!IsWorthACall(_idle.Count + 1))
            {
                _idle.Push(sender);
                EndIfIdle();
                return false;
            }

            var (count, size) = (0, 0);
            while (_waiting.TryPeek(out var item)
                && (batch.Count == 0 || (count + item.Count <= BatchLimits.Items && size + item.Size <= BatchLimits.Bytes)))
            {
                (count, size) = (count + item.Count, size + item.Size);
                batch.Add(_waiting.Dequeue());
            }

            (_count, _size) = (_count - count, _size - size);
            return true;
        }
    }

    private bool IsWorthACall(int idle)
    {
        var underWay = _batches.Length - idle;
        var part = underWay < Busy ? 2 : 1;
        return _waiting.Count > 0 && (underWay == 0 || _count >= BatchLimits.Items / part || _size >= BatchLimits.Bytes / part);
    }

    private void EndIfIdle()
    {
        if (_isClosed && _waiting.Count == 0 && _idle.Count == _batches.Length)
        {
            _ended.TrySetResult();
        }
    }
}
