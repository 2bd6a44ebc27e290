using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Testing.Harness;

/// <summary>Gives a handler the services of its test, as they are.</summary>
internal sealed class GivenServices(IServiceProvider? services) : IServiceScopeFactory, IServiceScope
{
    public IServiceProvider ServiceProvider => services ?? throw new InvalidOperationException(
        $"The test gave no services; set {nameof(TestEventContextOptions)}.{nameof(TestEventContextOptions.Services)}.");

    public IServiceScope CreateScope() => this;

    public void Dispose()
    {
    }
}
