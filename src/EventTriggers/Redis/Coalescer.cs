using System.Threading.Channels;

namespace EventTriggers;

/// <summary>Something that can share a call with others.</summary>
internal interface ICoalesced
{
    /// <summary>Gets how many items it adds to a call.</summary>
    int Count { get; }

    /// <summary>Gets about how many bytes it adds to a call.</summary>
    int Size { get; }

    /// <summary>Tells it that its call could not be made at all.</summary>
    void Fail(Exception exception);
}

/// <summary>
/// Puts what is waiting into one call. An idle sender sends at once, so this adds no latency; while all senders are busy, what comes in
/// gathers for the next call, so batches form by themselves under load.
/// </summary>
internal sealed class Coalescer<T> : IAsyncDisposable
    where T : class, ICoalesced
{
    private readonly Channel<T> _waiting = Channel.CreateUnbounded<T>(new UnboundedChannelOptions { AllowSynchronousContinuations = true });
    private readonly Func<int, List<T>, ValueTask> _send;
    private readonly Task[] _senders;

    /// <param name="senders">How many calls may be under way at once.</param>
    /// <param name="send">Makes one call, as the sender of the given number, and tells each item how it ended.</param>
    public Coalescer(int senders, Func<int, List<T>, ValueTask> send)
    {
        _send = send;
        _senders = [.. Enumerable.Range(0, senders).Select(SendAsync)];
    }

    public void Add(T item)
    {
        if (!_waiting.Writer.TryWrite(item))
        {
            item.Fail(new ObjectDisposedException(nameof(Coalescer<>), "The service provider was disposed."));
        }
    }

    /// <summary>Takes nothing more; what is waiting is still sent.</summary>
    public void Close() => _waiting.Writer.TryComplete();

    /// <summary>Sends what is waiting, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        await Task.WhenAll(_senders).ConfigureAwait(false);
    }

    private async Task SendAsync(int sender)
    {
        var batch = new List<T>();
        T? next = null;
        while (next is not null || await _waiting.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            next = Gather(batch, next);
            if (batch.Count == 0)
            {
                continue;
            }

            try
            {
                await _send(sender, batch).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The edge of the sender: whoever waits is told, and the next batch is not held up.
                batch.ForEach(item => item.Fail(e));
            }
        }
    }

    // Returns an item that did not fit any more: it begins the sender's next call.
    private T? Gather(List<T> batch, T? item)
    {
        var (count, size) = (0, 0);
        while (item is not null || _waiting.Reader.TryRead(out item))
        {
            (count, size) = (count + item.Count, size + item.Size);
            if (batch.Count > 0 && (count > CallLimit.Items || size > CallLimit.Bytes))
            {
                return item;
            }

            batch.Add(item);
            item = null;
        }

        return null;
    }
}
