namespace EventTriggers.Tests;

/// <summary>Waits for something that will be true; the limit only bounds a failing test.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    public static async Task UntilAsync(Func<ValueTask<bool>> condition, string what, TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Limit);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"Waited {within ?? Limit} in vain: {what}.");
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => ValueTask.FromResult(condition()), what);

    public static Task<T> ForAsync<T>(Task<T> task) => task.WaitAsync(Limit);

    public static Task ForAsync(Task task, TimeSpan? within = null) => task.WaitAsync(within ?? Limit);
}
