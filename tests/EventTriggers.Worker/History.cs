namespace EventTriggers.Worker;

/// <summary>A file of what happened, flushed line by line: what is in it survives a killed process.</summary>
internal sealed class History(string file) : IAsyncDisposable
{
    private readonly FileStream _stream = new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    private readonly Lock _lock = new();

    public void Add(string what, EventId id, int attempt)
    {
        var line = System.Text.Encoding.UTF8.GetBytes($"{what} {id} {attempt}\n");
        lock (_lock)
        {
            _stream.Write(line);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
