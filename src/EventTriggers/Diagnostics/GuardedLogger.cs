using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Diagnostics;

/// <summary>
/// A host's logger that cannot do harm: what it throws ends here. Every logger is wrapped where it enters the library, so that no call site has to
/// think of it: a full disk must not end a worker or a loop.
/// </summary>
internal sealed class GuardedLogger : ILogger
{
    private readonly ILogger _inner;

    private GuardedLogger(ILogger inner) => _inner = inner;

    public static ILogger Of(ILogger? logger) => logger is null ? NullLogger.Instance : new GuardedLogger(logger);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            // Whoever cannot say whether it wants a line does not get it.
            return false;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _inner.BeginScope(state);
        }
        catch (Exception)
        {
            return null;
        }
    }

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception) when (exception is not null && !Failures.CanBeWritten(exception))
        {
            // Not the logger's fault. The line is written with what can be said of the exception.
            var standIn = Failures.StandInOf(exception);
            Log(logLevel, eventId, state, standIn, formatter);
        }
        catch (Exception)
        {
            // There is nobody to tell.
        }
    }
}
