namespace EventTriggers.Testing.Harness;

/// <summary>The services of a context, asked for when they are used: a test need not give any.</summary>
internal sealed class ContextServices(EventContext context) : IServiceProvider
{
    public object? GetService(Type serviceType) => context.Services.GetService(serviceType);
}
