using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventTriggers.Hosting;

/// <summary>Finds the services and options of a bus by its key; the default bus has the key <c>""</c>.</summary>
internal static class BusServices
{
    public static T Get<T>(IServiceProvider services, string bus)
        where T : notnull => bus.Length == 0 ? services.GetRequiredService<T>() : services.GetRequiredKeyedService<T>(bus);

    /// <exception cref="OptionsValidationException">A setting is not allowed.</exception>
    public static RedisTriggersOptions Options(IServiceProvider services, string bus) =>
        services.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>().Get(bus);

    public static string Describe(string bus) => bus.Length == 0 ? "the default bus" : $"bus '{bus}'";
}
