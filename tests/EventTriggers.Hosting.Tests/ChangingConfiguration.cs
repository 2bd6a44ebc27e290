using Microsoft.Extensions.Configuration;

namespace EventTriggers.Hosting.Tests;

/// <summary>A configuration that a test changes while its host runs, as a saved file does.</summary>
internal sealed class ChangingConfiguration : ConfigurationProvider, IConfigurationSource
{
    private readonly IConfigurationRoot _root;

    /// <param name="settings">The settings at the start, by their path below the section.</param>
    public ChangingConfiguration(params (string Path, string Value)[] settings)
    {
        foreach (var (path, value) in settings)
        {
            Set(path, value);
        }

        _root = new ConfigurationBuilder().Add(this).Build();
    }

    /// <summary>Gets the section with the settings of the bus.</summary>
    public IConfigurationSection Section => _root.GetSection("EventTriggers");

    /// <summary>Changes a setting, which is read at the next reload; <see langword="null"/> removes it.</summary>
    public override void Set(string path, string? value)
    {
        var data = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase);
        data.Remove($"EventTriggers:{path}");
        if (value is not null)
        {
            data[$"EventTriggers:{path}"] = value;
        }

        Data = data;
    }

    public void Reload() => OnReload();

    public void Change(string path, string value)
    {
        Set(path, value);
        Reload();
    }

    IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => this;
}
