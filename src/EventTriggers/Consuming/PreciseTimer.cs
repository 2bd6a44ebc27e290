namespace EventTriggers.Consuming;

/// <summary>
/// Wakes loops on time, from a thread of its own: the timers of .NET use a clock that moves in steps of up to 4 ms, and are late by as
/// much. A loop with another clock, as in tests, does not use it.
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
        _thread = new Thread(Watch) { IsBackground = true, Name = "EventTriggers timer" };
        _thread.Start();
    }

    /// <summary>Sets a signal after a time; this replaces an earlier time for the same signal.</summary>
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
                // The loop continues on another thread: this one has others to wake.
                ThreadPool.UnsafeQueueUserWorkItem(static signal => signal.Set(), signal, preferLocal: false);
            }

            _earlier.WaitOne(pause);
        }
    }

    // Takes the signals that are due, and returns how many ms there is nothing more to do.
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
