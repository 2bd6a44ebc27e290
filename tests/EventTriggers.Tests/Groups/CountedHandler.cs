namespace EventTriggers.Tests.Groups;

/// <summary>A handler that counts how many of it run at a time, each until the test lets one go.</summary>
internal sealed class CountedHandler
{
    // It only ends a test that fails: its host waits for what runs.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);

    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _released;
    private int _running;
    private int _started;

    public int Running => Volatile.Read(ref _running);

    public int Started => Volatile.Read(ref _started);

    /// <summary>Gets the most that ran at a time.</summary>
    public int Most { get; private set; }

    public async ValueTask HandleAsync(CancellationToken cancellationToken)
    {
        var goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _started++;
            Most = Math.Max(Most, Interlocked.Increment(ref _running));
            _waiting.Enqueue(goesOn);
            LetGo();
        }

        await goesOn.Task.WaitAsync(Longest, cancellationToken);
        Interlocked.Decrement(ref _running);
    }

    /// <summary>Lets some go: those that have run for longest, and then those that come.</summary>
    public void Release(int count)
    {
        lock (_lock)
        {
            _released += count;
            LetGo();
        }
    }

    /// <summary>Waits until so many run. There is time for one too many to begin; were it too short, that would only go unseen.</summary>
    public async Task RunAsync(int count)
    {
        await Wait.UntilAsync(() => Running == count, $"{count} run");
        await Task.Delay(50);
        Running.Should().Be(count);
    }

    private void LetGo()
    {
        for (; _released > 0 && _waiting.TryDequeue(out var next); _released--)
        {
            next.SetResult();
        }
    }
}
