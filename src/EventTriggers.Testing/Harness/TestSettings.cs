using Microsoft.Extensions.Options;

namespace EventTriggers.Testing.Harness;

/// <summary>The settings that differ in a test, whatever else configures them.</summary>
/// <param name="buses">The keys of the buses.</param>
/// <param name="prefix">The prefix of the host's keys.</param>
internal sealed class TestSettings(IReadOnlyList<string?> buses, string prefix) : IPostConfigureOptions<RedisTriggersOptions>
{
    public void PostConfigure(string? name, RedisTriggersOptions options)
    {
        options.KeyPrefix = PrefixOf(string.IsNullOrEmpty(name) ? null : name);

        // The longest that is allowed.
        options.LeaseDuration = TimeSpan.FromDays(1);
    }

    private string PrefixOf(string? bus) => $"{prefix}-{buses.Index().FirstOrDefault(one => one.Item == bus).Index}";
}
