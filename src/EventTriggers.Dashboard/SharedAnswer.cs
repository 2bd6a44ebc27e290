namespace EventTriggers.Dashboard;

/// <summary>
/// An answer that all browsers share: Redis is asked for it at most once in a given time, and only while one of them asks.
/// </summary>
internal sealed class SharedAnswer<T>(TimeProvider time, TimeSpan age, Func<Task<T>> read)
{
    private readonly Lock _gate = new();
    private Task<T>? _last;
    private long _lastAt;

    /// <summary>Reads it.</summary>
    /// <param name="cancellationToken">Stops waiting; others may still wait for the same answer.</param>
    public Task<T> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_last is null || _last.IsFaulted || (_last.IsCompleted && time.GetElapsedTime(_lastAt) >= age))
            {
                (_last, _lastAt) = (read(), time.GetTimestamp());
            }

            return _last.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Forgets what was read: something was changed.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _last = null;
        }
    }
}
