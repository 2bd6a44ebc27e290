using Microsoft.Extensions.Configuration;

namespace EventTriggers.Hosting.Configuration;

/// <summary>A part of the configuration that holds the settings of a bus.</summary>
/// <param name="Bus">The bus's key; <c>""</c> for the default one.</param>
/// <param name="Configuration">The part.</param>
internal sealed record BoundSection(string Bus, IConfiguration Configuration)
{
    /// <summary>Gets the path before the names of settings, with its last colon; empty for a whole configuration.</summary>
    public string Prefix => Configuration is IConfigurationSection section ? $"{section.Path}:" : string.Empty;

    /// <summary>Begins a problem with the setting's path, if the setting is in this part.</summary>
    /// <param name="problem">The problem, which begins with the setting's name.</param>
    public string Locate(string problem)
    {
        var setting = problem.Split(' ', 2)[0].TrimEnd(':');
        return Configuration.GetSection(setting).Exists() ? Prefix + problem : problem;
    }
}
