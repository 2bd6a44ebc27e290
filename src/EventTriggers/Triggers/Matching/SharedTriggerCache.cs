namespace EventTriggers.Triggers.Matching;

/// <summary>A <see cref="TriggerCache"/> for several threads. Changes come rarely, and matching takes microseconds.</summary>
internal sealed class SharedTriggerCache : IDisposable
{
    private readonly ReaderWriterLockSlim _lock = new();
    private TriggerCache _cache = new();

    public TResult Read<TResult>(Func<TriggerCache, TResult> read)
    {
        _lock.EnterReadLock();
        try
        {
            return read(_cache);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Change(Action<TriggerCache> change)
    {
        _lock.EnterWriteLock();
        try
        {
            change(_cache);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void Replace(TriggerCache cache) => Change(_ => _cache = cache);

    public void Dispose() => _lock.Dispose();
}
