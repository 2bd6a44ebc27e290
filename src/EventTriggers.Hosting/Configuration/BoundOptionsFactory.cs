using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EventTriggers.Hosting.Configuration;

/// <summary>
/// Makes the options of buses as usual, and names in each problem where its setting is in the configuration. After the first valid ones,
/// only settings that can change at run time do. The others stay until the host ends: its services are made when they are first needed, and
/// all of them must mean the same.
/// </summary>
internal sealed class BoundOptionsFactory(
    IEnumerable<IConfigureOptions<RedisTriggersOptions>> setups,
    IEnumerable<IPostConfigureOptions<RedisTriggersOptions>> postConfigures,
    IEnumerable<IValidateOptions<RedisTriggersOptions>> validations,
    IEnumerable<BoundSection> sections,
    ILogger<BoundOptionsFactory>? logger = null) : IOptionsFactory<RedisTriggersOptions>
{
    private readonly OptionsFactory<RedisTriggersOptions> _factory = new(setups, postConfigures, validations);
    private readonly Dictionary<string, RedisTriggersOptions> _valid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _reported = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <exception cref="OptionsValidationException">A setting is not allowed, or the configuration cannot be read.</exception>
    public RedisTriggersOptions Create(string name)
    {
        // One at a time, so that what was read last stays.
        lock (_lock)
        {
            return _valid[name] = _valid.TryGetValue(name, out var valid) ? Change(name, valid) : Make(name);
        }
    }

    private RedisTriggersOptions Make(string name)
    {
        try
        {
            return _factory.Create(name);
        }
        catch (OptionsValidationException e)
        {
            throw new OptionsValidationException(name, e.OptionsType, e.Failures.Select(problem => Locate(name, problem)));
        }
    }

    private RedisTriggersOptions Change(string name, RedisTriggersOptions valid)
    {
        try
        {
            return Apply(name, valid, Make(name));
        }
        catch (OptionsValidationException e)
        {
            logger?.ConfigurationRejected(BusServices.Describe(name), string.Join(" ", e.Failures));
            return valid;
        }
    }

    // A change token fires more than once for a change: the same instance again where nothing applies.
    private RedisTriggersOptions Apply(string name, RedisTriggersOptions valid, RedisTriggersOptions made)
    {
        var changes = SettingChanges.Between(valid, made);
        ReportRest(name, string.Join(", ", changes.AtRestart));
        if (changes.Live.Count == 0)
        {
            return valid;
        }

        logger?.ConfigurationApplied(BusServices.Describe(name), string.Join(", ", changes.Live));
        SettingChanges.KeepUntilRestart(valid, made);
        return made;
    }

    private void ReportRest(string name, string changed)
    {
        if (changed != _reported.GetValueOrDefault(name, string.Empty))
        {
            _reported[name] = changed;
            if (changed.Length > 0)
            {
                logger?.RestartNeeded(BusServices.Describe(name), changed);
            }
        }
    }

    private string Locate(string name, string problem) =>
        sections.Where(section => section.Bus == name).Select(section => section.Locate(problem))
            .FirstOrDefault(located => located != problem) ?? problem;
}
