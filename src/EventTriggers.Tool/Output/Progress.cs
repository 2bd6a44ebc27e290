namespace EventTriggers.Tool.Output;

/// <summary>
/// A line on the standard error that tells how far something is. It is written on a terminal only, and only for what lasts.
/// </summary>
internal sealed class Progress(Terminal terminal) : IDisposable
{
    private const string EraseLine = "\r\e[K";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);

    private readonly long _began = terminal.Time.GetTimestamp();
    private bool _isShown;

    public void Show(string text)
    {
        if (terminal.ShowsProgress && terminal.Time.GetElapsedTime(_began) >= Patience)
        {
            terminal.Error.Write($"{EraseLine}{SafeText.Escape(text)}");
            terminal.Error.Flush();
            _isShown = true;
        }
    }

    public void Dispose()
    {
        if (_isShown)
        {
            terminal.Error.Write(EraseLine);
            terminal.Error.Flush();
            _isShown = false;
        }
    }
}
