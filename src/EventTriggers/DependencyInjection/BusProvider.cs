using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventTriggers.DependencyInjection;

/// <summary>The services of one bus: the host's services that are registered under the bus's key.</summary>
/// <param name="Services">The host's services.</param>
/// <param name="Key">The key; <see langword="null"/> for the default bus, whose services have none.</param>
internal sealed record BusProvider(IServiceProvider Services, string? Key)
{
    /// <exception cref="OptionsValidationException">A setting is not allowed.</exception>
    public RedisTriggersOptions Options => Monitor.Get(OptionsName);

    public TimeProvider Time => Services.GetRequiredService<TimeProvider>();

    private IOptionsMonitor<RedisTriggersOptions> Monitor => Services.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>();

    private string OptionsName => Key ?? Microsoft.Extensions.Options.Options.DefaultName;

    /// <summary>Calls back after each change of the options, until the host's services end.</summary>
    public void OnOptionsChange(Action changed)
    {
        var own = OptionsName;
        Monitor.OnChange((_, name) =>
        {
            if ((name ?? Microsoft.Extensions.Options.Options.DefaultName) == own)
            {
                changed();
            }
        });
    }

    public T Get<T>()
        where T : notnull => Key is null ? Services.GetRequiredService<T>() : Services.GetRequiredKeyedService<T>(Key);

    public T? Find<T>()
        where T : class => Key is null ? Services.GetService<T>() : Services.GetKeyedService<T>(Key);

    /// <summary>Finds what may be registered for this bus alone, or for all of the host.</summary>
    public T? FindOrShared<T>()
        where T : class => Find<T>() ?? Services.GetService<T>();

    public T[] All<T>() => [.. Key is null ? Services.GetServices<T>() : Services.GetKeyedServices<T>(Key)];

    public ILogger<T>? Logger<T>() => Services.GetService<ILogger<T>>();
}
