using System.Globalization;
using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.DependencyInjection;

/// <summary>Checks the limits of groups, each by itself and those that groups share.</summary>
internal static class RateLimitRules
{
    private const int MaxLimits = 10;
    private const int MaxCount = 1_000_000;
    private const int MaxBurst = 10_000;

    private static readonly TimeSpan LongestPer = SettingChecks.Day * 30;

    public static void Check(GroupOptions group, string path, SettingChecks checks)
    {
        if (group.Limits.Count > MaxLimits)
        {
            checks.Fail(
                $"has {group.Limits.Count.ToString(CultureInfo.InvariantCulture)} limits, and may have {MaxLimits}.",
                $"{path}:{nameof(group.Limits)}");
        }

        foreach (var (name, limit) in group.Limits)
        {
            var setting = $"{path}:{nameof(group.Limits)}:{Excerpt.Of(name)}";
            if (name != LimitOptions.OwnName && NameRules.LimitProblem(name) is { } problem)
            {
                checks.Name(problem, setting);
            }

            Check(limit, setting, checks);
        }

        if (group.LimitPerKey is { } ofKey)
        {
            Check(ofKey, $"{path}:{nameof(group.LimitPerKey)}", checks);
        }
    }

    /// <summary>Checks a limit that an operator sets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One of its numbers is out of range.</exception>
    public static void Check(LimitOptions limit, string parameter)
    {
        ThrowIfOutside(limit.Count, 1, MaxCount, nameof(limit.Count));
        ThrowIfOutside(limit.Per, SettingChecks.Tick, LongestPer, nameof(limit.Per));
        ThrowIfOutside(limit.Burst ?? 1, 1, MaxBurst, nameof(limit.Burst));

        void ThrowIfOutside<T>(T given, T least, T most, string name)
            where T : IComparable<T>
        {
            if (given.CompareTo(least) < 0 || given.CompareTo(most) > 0)
            {
                throw new ArgumentOutOfRangeException(
                    parameter, given,
                    string.Create(CultureInfo.InvariantCulture, $"The {name} of a limit must be {least} to {most}, but is {given}."));
            }
        }
    }

    /// <summary>Checks that the groups of a host know a limit that they share with the same numbers.</summary>
    public static void CheckShared(RedisTriggersOptions options, SettingChecks checks)
    {
        var seen = new Dictionary<string, (string Group, string Name, LimitOptions Limit)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (group, own) in options.Groups)
        {
            foreach (var (name, limit) in own.Limits.Where(static one => one.Key != LimitOptions.OwnName))
            {
                if (seen.TryAdd(name, (group, name, limit)))
                {
                    continue;
                }

                var first = seen[name];
                if (first.Name != name || Describe(first.Limit) != Describe(limit))
                {
                    checks.Fail(
                        $"is '{Excerpt.Of(name)}' with {Describe(limit)}, but group '{Excerpt.Of(first.Group)}' has it as "
                        + $"'{Excerpt.Of(first.Name)}' with {Describe(first.Limit)}. Groups that share a limit must give it the same name "
                        + "and numbers.",
                        $"{nameof(options.Groups)}:{Excerpt.Of(group)}:{nameof(own.Limits)}:{Excerpt.Of(name)}");
                }
            }
        }
    }

    private static void Check(LimitOptions limit, string setting, SettingChecks checks)
    {
        checks.Number(limit.Count, 1, MaxCount, $"{setting}:{nameof(limit.Count)}");
        checks.Span(limit.Per, SettingChecks.Tick, LongestPer, $"{setting}:{nameof(limit.Per)}");
        checks.Number(limit.Burst, 1, MaxBurst, $"{setting}:{nameof(limit.Burst)}");
    }

    private static string Describe(LimitOptions limit)
    {
        var burst = limit.Burst?.ToString(CultureInfo.InvariantCulture) ?? "not set";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(limit.Count)} {limit.Count}, {nameof(limit.Per)} {limit.Per}, {nameof(limit.Burst)} {burst}");
    }
}
