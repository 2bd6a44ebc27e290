namespace EventTriggers.Benchmarks;

/// <summary>Several callers that share a number of calls, each making one after the other.</summary>
internal static class Callers
{
    public static Task RunAsync(int callers, int calls, Func<int, Task> call)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < calls)
            {
                await call(number);
            }
        })));
    }
}
