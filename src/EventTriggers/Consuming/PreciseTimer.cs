namespace EventTriggers.Consuming;

/// <summary>
/// Wakes loops on time, from a thread of its own: the timers of .NET look at a clock that moves in steps of up to 4 ms, and are late by as much.
/// A loop whose time comes from elsewhere, as in tests, waits for that.
/// </summary>
internal sealed class PreciseTimer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Signal, long> _due = [];
    private readonly AutoResetEvent _earlier = new(initialState: false);
    private readonly Thread _thread;
    private long _next = long.MaxValue;
    private volatile bool _isOver;

    public PreciseTimer()
    {
        _thread = new Thread(Watch) { IsBackground = true, Name = "EventTriggers alarm" };
        _thread.Start();
    }

    /// <summary>Sets a signal after a time, in place of what was asked for it before.</summary>
    public void Set(Signal signal, TimeSpan after)
    {
        var due = TimeProvider.System.GetTimestamp() + (long)(after.TotalSeconds * TimeProvider.System.TimestampFrequency);
        bool isEarlier;
        lock (_lock)
        {
            _due[signal] = due;
            isEarlier = due < _next;
        }

        if (isEarlier)
        {
            _earlier.Set();
        }
    }

    /// <summary>Forgets a signal.</summary>
    public void Clear(Signal signal)
    {
        lock (_lock)
        {
            _due.Remove(signal);
        }
    }

    public void Dispose()
    {
        _isOver = true;
        _earlier.Set();
        _thread.Join();
        _earlier.Dispose();
    }

    private void Watch()
    {
        var due = new List<Signal>();
        while (!_isOver)
        {
            var pause = Take(due);
            foreach (var signal in due)
            {
                // Its loop goes on elsewhere: this thread has others to wake.
                ThreadPool.UnsafeQueueUserWorkItem(static signal => signal.Set(), signal, preferLocal: false);
            }

            _earlier.WaitOne(pause);
        }
    }

    // Takes what is due, and tells how many ms there is nothing more.
    private int Take(List<Signal> due)
    {
        due.Clear();
        lock (_lock)
        {
            var now = TimeProvider.System.GetTimestamp();
            due.AddRange(_due.Where(pair => pair.Value <= now).Select(static pair => pair.Key));
            due.ForEach(signal => _due.Remove(signal));
            _next = _due.Count == 0 ? long.MaxValue : _due.Values.Min();
            return _next == long.MaxValue
                ? Timeout.Infinite
                : (int)Math.Ceiling(Math.Min(TimeProvider.System.GetElapsedTime(now, _next).TotalMilliseconds, int.MaxValue));
        }
    }
}
