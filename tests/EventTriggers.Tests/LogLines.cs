using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Id, string Text)> _lines = new();

    public IReadOnlyCollection<string> Texts => [.. _lines.Select(static line => line.Text)];

    /// <summary>Gets what was logged under an event id.</summary>
    public string[] TextsOf(string id) => [.. _lines.Where(line => line.Id == id).Select(static line => line.Text)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter) =>
        _lines.Enqueue((logLevel, $"{eventId.Id}", $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
    }
}
