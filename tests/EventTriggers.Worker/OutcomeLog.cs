using Microsoft.Extensions.Logging;

namespace EventTriggers.Worker;

/// <summary>
/// Writes into the history what the library says in its log about outcomes: recorded (31), which is settled or given back, and refused
/// (23).
/// </summary>
internal sealed class OutcomeLog(History history) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter)
    {
        var what = eventId.Id switch
        {
            6 => "lost",
            31 => "settled",
            23 => "refused",
            _ => null,
        };
        if (what is null || state is not IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            return;
        }

        string ValueOf(string name) => values.FirstOrDefault(value => value.Key == name).Value?.ToString() ?? string.Empty;
        history.Add(what == "settled" && ValueOf("Outcome") != "Done" ? "given-back" : what, ValueOf("EventId"));
    }

    public void Dispose()
    {
    }
}
