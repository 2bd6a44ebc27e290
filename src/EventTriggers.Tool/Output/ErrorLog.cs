using Microsoft.Extensions.Logging;

namespace EventTriggers.Tool.Output;

/// <summary>Writes log events to the standard error.</summary>
internal sealed class ErrorLog(Terminal terminal) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            terminal.Error.WriteLine($"et: {ErrorText.Of($"{formatter(state, exception)} {exception?.Message}", secret: null)}");
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
