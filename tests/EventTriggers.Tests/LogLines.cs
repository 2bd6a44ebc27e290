using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Tests;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger, ISupportExternalScope
{
    private readonly ConcurrentQueue<(string Id, string Text, IReadOnlyDictionary<string, object?> Scope)> _lines = new();
    private IExternalScopeProvider? _scopes;

    public IReadOnlyCollection<string> Texts => [.. _lines.Select(static line => line.Text)];

    /// <summary>Gets what was logged under an event id.</summary>
    public string[] TextsOf(string id) => [.. _lines.Where(line => line.Id == id).Select(static line => line.Text)];

    /// <summary>Gets the values of the scopes around the lines that contain a text; those of the innermost scope win.</summary>
    public IReadOnlyDictionary<string, object?>[] ScopesAround(string text) =>
        [.. _lines.Where(line => line.Text.Contains(text, StringComparison.Ordinal)).Select(static line => line.Scope)];

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter) =>
        _lines.Enqueue(($"{eventId.Id}", $"{formatter(state, exception)} {exception}", Scope()));

    public void Dispose()
    {
    }

    private Dictionary<string, object?> Scope()
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        _scopes?.ForEachScope(
            static (scope, values) =>
            {
                var pairs = scope as IEnumerable<KeyValuePair<string, object?>> ?? [];
                foreach (var (name, value) in pairs.Where(static pair => pair.Key != "{OriginalFormat}"))
                {
                    values[name] = value;
                }
            },
            values);
        return values;
    }
}
