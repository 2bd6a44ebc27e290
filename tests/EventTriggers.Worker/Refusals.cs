using Microsoft.Extensions.Logging;

namespace EventTriggers.Worker;

/// <summary>Writes into the history that an outcome was refused: the library says so in its log, as event 23.</summary>
internal sealed class Refusals(History history) : ILoggerProvider, ILogger
{
    private const int OutcomeRefused = 23;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == OutcomeRefused)
        {
            history.Add("refused", new EventId("-"), 0);
        }
    }

    public void Dispose()
    {
    }
}
