using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tool.Connecting;

/// <summary>Keeps what the library warns of, for <c>et doctor</c>.</summary>
internal sealed class Warnings : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _warnings = new();

    public IReadOnlyList<(int Id, string Text)> All => [.. _warnings.Distinct()];

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
            _warnings.Enqueue((eventId.Id, formatter(state, exception)));
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
