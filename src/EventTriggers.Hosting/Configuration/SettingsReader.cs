using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace EventTriggers.Hosting.Configuration;

/// <summary>Reads the settings of a bus. Everything in the section must be understood: what is not is refused, all of it by name.</summary>
internal static class SettingsReader
{
    /// <exception cref="OptionsValidationException">The section has an unknown key, or a value that cannot be read.</exception>
    public static void Read(BoundSection section, RedisTriggersOptions options)
    {
        var problems = SettingsCheck.ProblemsIn(section.Configuration).Select(problem => section.Prefix + problem).ToArray();
        if (problems.Length > 0)
        {
            throw new OptionsValidationException(section.Bus, typeof(RedisTriggersOptions), problems);
        }

        section.Configuration.Bind(options);
    }
}
