namespace EventTriggers.Tool.Tests;

/// <summary>Tells when the tool has written a text.</summary>
internal sealed class StartedWriter(string text) : StringWriter
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Started => _started.Task;

    public override void Flush()
    {
        if (ToString().Contains(text, StringComparison.Ordinal))
        {
            _started.TrySetResult();
        }
    }
}
