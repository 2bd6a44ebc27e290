using System.Globalization;
using EventTriggers.Diagnostics;
using static EventTriggers.DependencyInjection.SettingChecks;

namespace EventTriggers.DependencyInjection;

/// <summary>Checks the settings of the groups of a bus.</summary>
internal static class GroupOptionsRules
{
    public static void Check(RedisTriggersOptions options, GroupRegistration[] added, SettingChecks checks)
    {
        if (added.FirstOrDefault(group => group.Name.Equals(options.Group, StringComparison.OrdinalIgnoreCase)) is { } same)
        {
            checks.Fail(
                $"is '{Excerpt.Of(options.Group)}', and AddGroup adds a group '{same.Name}' as well. Handlers of the default group are "
                + "added without AddGroup.", nameof(options.Group));
        }

        RateLimitRules.CheckShared(options, checks);
        string[] known = [options.Group, .. added.Select(static one => one.Name)];
        foreach (var (name, group) in options.Groups)
        {
            var path = $"{nameof(options.Groups)}:{Excerpt.Of(name)}";
            if (known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                Check(group, options, path, checks);
            }
            else
            {
                checks.Fail(
                    $"is not a group of this host. Its groups are {string.Join(", ", known.Select(static one => $"'{Excerpt.Of(one)}'"))}.",
                    path);
            }
        }
    }

    private static void Check(GroupOptions group, RedisTriggersOptions host, string path, SettingChecks checks)
    {
        checks.Number(group.Concurrency, 1, 10_000, $"{path}:{nameof(group.Concurrency)}");
        checks.Number(group.MaxAttempts, 1, 1000, $"{path}:{nameof(group.MaxAttempts)}");
        checks.Number(group.MaxCrashes, 1, 1000, $"{path}:{nameof(group.MaxCrashes)}");
        checks.Span(group.RetryDelay, Tick, Day, $"{path}:{nameof(group.RetryDelay)}");
        if (group.RetryDelay is not null || group.MaxRetryDelay is not null)
        {
            checks.Span(
                group.MaxRetryDelay ?? host.MaxRetryDelay, group.RetryDelay ?? host.RetryDelay, Day,
                $"{path}:{nameof(group.MaxRetryDelay)} (at least RetryDelay)");
        }

        checks.Limit(group.HandlerTimeout, $"{path}:{nameof(group.HandlerTimeout)}");
        checks.Span(group.UnhandledTimeout, Second, Day * 30, $"{path}:{nameof(group.UnhandledTimeout)}");
        checks.Span(group.DrainTimeout, TimeSpan.Zero, Day, $"{path}:{nameof(group.DrainTimeout)}");
        checks.Choice(group.WhenLeaseIsInDoubt, $"{path}:{nameof(group.WhenLeaseIsInDoubt)}");
        checks.Number(group.ConcurrencyPerKey, 1, 100, $"{path}:{nameof(group.ConcurrencyPerKey)}");
        checks.Choice(group.OnDead, $"{path}:{nameof(group.OnDead)}");
        RateLimitRules.Check(group, path, checks);
        if (group is { OnDead: DeadLetters.Hold, ConcurrencyPerKey: not 1 })
        {
            checks.Fail(
                $"is {DeadLetters.Hold}, which needs a {nameof(group.ConcurrencyPerKey)} of 1, but that is "
                + $"{group.ConcurrencyPerKey?.ToString(CultureInfo.InvariantCulture) ?? "not set"}.", $"{path}:{nameof(group.OnDead)}");
        }

        checks.Number(group.MaxBacklogPerKey, 1, 10_000_000, $"{path}:{nameof(group.MaxBacklogPerKey)}");
        if (group is { MaxBacklogPerKey: { } bound, ConcurrencyPerKey: null, LimitPerKey: null })
        {
            checks.Fail(
                $"is {bound}, which needs a {nameof(group.ConcurrencyPerKey)} or a {nameof(group.LimitPerKey)}, but neither is set: "
                + "without them, no delivery waits for its key.", $"{path}:{nameof(group.MaxBacklogPerKey)}");
        }
    }
}
