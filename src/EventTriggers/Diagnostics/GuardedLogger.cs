using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Diagnostics;

/// <summary>
/// Wraps a host's logger and catches all its exceptions. The library wraps every logger that it receives, so no call site has to handle
/// them: a full disk must not end a worker or a loop.
/// </summary>
internal sealed class GuardedLogger : ILogger
{
    private readonly ILogger _inner;

    private GuardedLogger(ILogger inner) => _inner = inner;

    public static ILogger Wrap(ILogger? logger) => logger is null ? NullLogger.Instance : new GuardedLogger(logger);

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return _inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            // A logger that cannot say whether it is enabled counts as disabled.
            return false;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return _inner.BeginScope(state) is { } scope ? new GuardedScope(scope) : null;
        }
        catch (Exception)
        {
            // Lines are written without the scope.
            return null;
        }
    }

    public void Log<TState>(
        LogLevel logLevel,
        Microsoft.Extensions.Logging.EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        try
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception) when (exception is not null && !Failures.CanBeWritten(exception))
        {
            // The exception is at fault and not the logger. The line is written with a description of the exception.
            var writable = Failures.ToWritable(exception);
            Log(logLevel, eventId, state, writable, formatter);
        }
        catch (Exception)
        {
            // A failing logger cannot be reported anywhere.
        }
    }

    private sealed class GuardedScope(IDisposable inner) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                inner.Dispose();
            }
            catch (Exception)
            {
                // A logger that cannot end a scope must not end what the scope was around.
            }
        }
    }
}
