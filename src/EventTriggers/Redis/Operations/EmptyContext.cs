namespace EventTriggers.Redis.Operations;

/// <summary>The execution context without any values, for work that belongs to no caller.</summary>
internal static class EmptyContext
{
    private static readonly ExecutionContext Empty = Capture();

    /// <summary>
    /// Removes what flows with the current call, such as the values of <see cref="AsyncLocal{T}"/> and the current span. In an
    /// asynchronous method this holds until the method ends, and its caller keeps its own.
    /// </summary>
    public static void Enter() => ExecutionContext.Restore(Empty);

    // A thread that is started in this way has no values; whoever asks first may have some.
    private static ExecutionContext Capture()
    {
        ExecutionContext? empty = null;
        var thread = new Thread(() => empty = ExecutionContext.Capture()) { IsBackground = true };
        thread.UnsafeStart();
        thread.Join();
        return empty!;
    }
}
