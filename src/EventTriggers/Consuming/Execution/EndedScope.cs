using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>In place of the scope of a handler that has ended: a new one would never be disposed.</summary>
/// <param name="failure">The exception with which the scope ended; <see langword="null"/> for none.</param>
internal sealed class EndedScope(Exception? failure) : IServiceScope
{
    public static readonly EndedScope Instance = new(failure: null);

    /// <summary>Gets the exception with which the scope ended; <see langword="null"/> for none.</summary>
    public Exception? Failure => failure;

    public IServiceProvider ServiceProvider => throw new InvalidOperationException(
        "The handler has ended, and so have the services of its scope. Work that outlives a handler needs a scope of its own "
        + $"({nameof(IServiceScopeFactory)}).");

    public void Dispose()
    {
        // There is nothing in it.
    }
}
