using Microsoft.Extensions.Options;

namespace EventTriggers.DependencyInjection;

/// <summary>Puts what <c>AddGroup</c> says in code into <see cref="RedisTriggersOptions.Groups"/>, before anything else is configured.
/// </summary>
internal sealed class GroupDefaults(IServiceProvider services) : IConfigureNamedOptions<RedisTriggersOptions>
{
    public void Configure(RedisTriggersOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, RedisTriggersOptions options)
    {
        foreach (var group in Of(services, name))
        {
            options.Groups[group.Name] = group.Options.Copy();
        }
    }

    /// <summary>Gets the groups of a bus.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The name of the bus's options.</param>
    public static GroupRegistration[] Of(IServiceProvider services, string? name) =>
        new BusProvider(services, string.IsNullOrEmpty(name) ? null : name).All<GroupRegistration>();
}
