namespace EventTriggers.Consuming.Health;

/// <summary>Counts the handlers that run on although their time is over.</summary>
internal sealed class StuckHandlers
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);

    public void Remove() => Interlocked.Decrement(ref _count);
}
