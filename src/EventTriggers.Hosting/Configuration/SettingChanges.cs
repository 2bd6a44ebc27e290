using System.Reflection;

namespace EventTriggers.Hosting.Configuration;

/// <summary>The settings in which two sets of options differ, by name.</summary>
/// <param name="Live">Those that apply while the host runs.</param>
/// <param name="AtRestart">Those that the host has to start again for.</param>
internal sealed record SettingChanges(IReadOnlyList<string> Live, IReadOnlyList<string> AtRestart)
{
    // Each is read anew for each delivery, round or stop: nothing is made for the value that it has at the start.
    private static readonly string[] LiveSettings =
    [
        nameof(GroupOptions.MaxAttempts), nameof(GroupOptions.MaxCrashes), nameof(GroupOptions.RetryDelay),
        nameof(GroupOptions.MaxRetryDelay), nameof(GroupOptions.HandlerTimeout), nameof(GroupOptions.UnhandledTimeout),
        nameof(GroupOptions.DrainTimeout), nameof(GroupOptions.WhenLeaseIsInDoubt),
    ];

    private static readonly PropertyInfo[] Settings =
        [.. typeof(RedisTriggersOptions).GetProperties().Where(static one => one.Name != nameof(RedisTriggersOptions.Groups))];

    private static readonly PropertyInfo[] GroupSettings = typeof(GroupOptions).GetProperties();

    public static SettingChanges Between(RedisTriggersOptions before, RedisTriggersOptions after)
    {
        var (live, atRestart) = (new List<string>(), new List<string>());
        Compare(Settings, before, after, string.Empty, live, atRestart);
        var liveInGroups = IsSameGroup(before, after) ? live : atRestart;
        foreach (var group in GroupsOf(before, after))
        {
            Compare(GroupSettings, Find(before, group), Find(after, group), $"Groups:{group}:", liveInGroups, atRestart);
        }

        return new SettingChanges(live, atRestart);
    }

    /// <summary>Takes back what changed but does not apply before a restart.</summary>
    public static void KeepUntilRestart(RedisTriggersOptions before, RedisTriggersOptions after)
    {
        var areLiveInGroups = IsSameGroup(before, after);
        Keep(Settings, before, after, isAnyLive: true);
        foreach (var group in GroupsOf(before, after).ToArray())
        {
            var kept = after.Groups[group] = Find(after, group);
            Keep(GroupSettings, Find(before, group), kept, areLiveInGroups);
            KeepLimits(Find(before, group).Limits, kept.Limits);
        }
    }

    private static void Compare(
        PropertyInfo[] settings, object before, object after, string path, List<string> live, List<string> atRestart)
    {
        foreach (var setting in settings.Where(one => !AreSame(one.GetValue(before), one.GetValue(after))))
        {
            (IsLive(setting) ? live : atRestart).Add(path + setting.Name);
        }
    }

    private static void Keep(PropertyInfo[] settings, object before, object after, bool isAnyLive)
    {
        foreach (var setting in settings.Where(one => one.CanWrite && one.SetMethod!.IsPublic && !(isAnyLive && IsLive(one))))
        {
            setting.SetValue(after, setting.GetValue(before));
        }
    }

    private static void KeepLimits(IDictionary<string, LimitOptions> before, IDictionary<string, LimitOptions> after)
    {
        after.Clear();
        foreach (var (name, limit) in before)
        {
            after[name] = limit;
        }
    }

    private static bool AreSame(object? before, object? after) => (before, after) switch
    {
        (IDictionary<string, LimitOptions> one, IDictionary<string, LimitOptions> other) =>
            one.Count == other.Count && one.All(limit => other.TryGetValue(limit.Key, out var same) && AreSame(limit.Value, same)),
        (LimitOptions one, LimitOptions other) => AreSame(one, other),
        _ => Equals(before, after),
    };

    private static bool AreSame(LimitOptions one, LimitOptions other) =>
        (one.Count, one.Per, one.Burst) == (other.Count, other.Per, other.Burst);

    private static bool IsLive(PropertyInfo setting) => LiveSettings.Contains(setting.Name, StringComparer.Ordinal);

    // With another default group, the settings of groups are those of the next start.
    private static bool IsSameGroup(RedisTriggersOptions before, RedisTriggersOptions after) =>
        string.Equals(before.Group, after.Group, StringComparison.Ordinal);

    private static IEnumerable<string> GroupsOf(RedisTriggersOptions before, RedisTriggersOptions after) =>
        before.Groups.Keys.Union(after.Groups.Keys, StringComparer.OrdinalIgnoreCase);

    private static GroupOptions Find(RedisTriggersOptions options, string group) =>
        options.Groups.TryGetValue(group, out var own) ? own : new GroupOptions();
}
