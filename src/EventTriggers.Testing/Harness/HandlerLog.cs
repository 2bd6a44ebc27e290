namespace EventTriggers.Testing.Harness;

/// <summary>What was seen of the handlers of a host.</summary>
internal sealed class HandlerLog(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly List<ObservedAttempt> _attempts = [];
    private int _ended;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Gets a task that completes when a handler begins or ends after this.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    /// <summary>Gets what was seen so far, in the order in which handlers began.</summary>
    public IReadOnlyList<ObservedAttempt> Attempts
    {
        get
        {
            lock (_lock)
            {
                return [.. _attempts];
            }
        }
    }

    /// <summary>Gets what has succeeded so far, in the order in which it did.</summary>
    public IEnumerable<ObservedAttempt> Successes =>
        Attempts.Where(static attempt => attempt.HasSucceeded).OrderBy(static attempt => attempt.EndNumber);

    /// <summary>Finds the first event of a type that was handled and matches.</summary>
    public ObservedAttempt? FirstSuccess<TEvent>(Func<TEvent, bool>? match) => Successes.FirstOrDefault(
        attempt => attempt.Context is EventContext<TEvent> context && match?.Invoke(context.Event) != false);

    /// <summary>Gets the payloads of the events of a type that were handled, each event once.</summary>
    public IReadOnlyList<TEvent> Handled<TEvent>() =>
    [
        .. Successes.Select(static attempt => attempt.Context).OfType<EventContext<TEvent>>()
            .DistinctBy(static context => context.Id, StringComparer.Ordinal).Select(static context => context.Event),
    ];

    /// <summary>Notes that a handler begins.</summary>
    /// <returns>The number under which its end is noted.</returns>
    public int Begin(string? bus, EventContext context)
    {
        lock (_lock)
        {
            _attempts.Add(new ObservedAttempt(bus, context, clock.GetUtcNow()));
            Signal();
            return _attempts.Count - 1;
        }
    }

    /// <summary>Notes that a handler ends.</summary>
    public void End(int index, Exception? failure)
    {
        lock (_lock)
        {
            _attempts[index] = _attempts[index] with { Ended = clock.GetUtcNow(), EndNumber = ++_ended, Thrown = failure };
            Signal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }
}
