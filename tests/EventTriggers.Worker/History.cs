using System.Globalization;
using System.Text;

namespace EventTriggers.Worker;

/// <summary>
/// A file of what happened, flushed line by line: what is in it survives a killed process. Each line: what, id, attempt, unix ms.
/// </summary>
public sealed class History(string file) : IAsyncDisposable
{
    private readonly FileStream _stream = new(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    private readonly Lock _lock = new();

    public void Add(string what, string id = "-", long number = 0)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{what} {id} {number} {DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}\n");
        lock (_lock)
        {
            _stream.Write(Encoding.UTF8.GetBytes(line));
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
