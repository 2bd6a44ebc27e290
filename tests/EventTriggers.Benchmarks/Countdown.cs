namespace EventTriggers.Benchmarks;

/// <summary>Ends when so many events were handled.</summary>
internal sealed class Countdown(int count)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = count;

    public Task Task => _ended.Task;

    public void Signal()
    {
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _ended.SetResult();
        }
    }
}
