using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace EventTriggers.Hosting.Configuration;

/// <summary>Finds what the binder would leave out, or could not read.</summary>
internal static class SettingsCheck
{
    private const string Time = "a time as [d.]hh:mm:ss, such as 00:00:30";

    private static readonly PropertyInfo[] Settings = typeof(RedisTriggersOptions).GetProperties();
    private static readonly PropertyInfo[] GroupSettings = typeof(GroupOptions).GetProperties();
    private static readonly PropertyInfo[] LimitSettings = typeof(LimitOptions).GetProperties();

    /// <summary>Lists the problems, each beginning with the path of its key below the section.</summary>
    public static IEnumerable<string> ProblemsIn(IConfiguration section) => ProblemsIn(section, Settings, string.Empty, "settings");

    private static IEnumerable<string> ProblemsIn(IConfiguration section, PropertyInfo[] known, string path, string what)
    {
        foreach (var child in section.GetChildren())
        {
            var setting = Array.Find(known, one => one.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            var problems = setting is null
                ? [$"{path}{child.Key} is unknown. The {what} are {string.Join(", ", known.Select(static one => one.Name))}."]
                : setting.Name == nameof(RedisTriggersOptions.Groups) ? ProblemsOfEach(child, $"{path}{child.Key}", "group", GroupSettings)
                : setting.Name == nameof(GroupOptions.Limits) ? ProblemsOfEach(child, $"{path}{child.Key}", "limit", LimitSettings)
                : setting.PropertyType == typeof(LimitOptions) ? ProblemsOfOne(child, $"{path}{child.Key}", "limit", LimitSettings)
                : ProblemOf(child, setting.PropertyType) is { } problem ? [$"{path}{child.Key} {problem}"] : [];
            foreach (var one in problems)
            {
                yield return one;
            }
        }
    }

    private static IEnumerable<string> ProblemsOfEach(IConfigurationSection all, string path, string what, PropertyInfo[] known)
    {
        if (!string.IsNullOrEmpty(all.Value))
        {
            return [$"{path} must hold a section for each {what}, but is '{all.Value}'."];
        }

        return all.GetChildren().SelectMany(one => ProblemsOfOne(one, $"{path}:{one.Key}", what, known));
    }

    private static IEnumerable<string> ProblemsOfOne(IConfigurationSection one, string path, string what, PropertyInfo[] known) =>
        string.IsNullOrEmpty(one.Value)
            ? ProblemsIn(one, known, $"{path}:", $"settings of a {what}")
            : [$"{path} must be a section with the settings of the {what}, but is '{one.Value}'."];

    private static string? ProblemOf(IConfigurationSection value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type);
        if (value.GetChildren().Any())
        {
            return "must be a value, but is a section.";
        }

        if (plain is not null && string.IsNullOrEmpty(value.Value))
        {
            return null;
        }

        return value.Value is { } text ? ProblemOf(text, plain ?? type) : "must have a value, but is null.";
    }

    private static string? ProblemOf(string text, Type type) =>
        type == typeof(int) ? Unless(int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _), "a whole number", text)
        : type == typeof(bool) ? Unless(bool.TryParse(text, out _), "true or false", text)
        : type == typeof(TimeSpan) ? ProblemOfTime(text)
        : type.IsEnum
            ? Unless(Enum.TryParse(type, text, ignoreCase: true, out _), $"one of {string.Join(", ", Enum.GetNames(type))}", text)
            : null;

    // A bare number would be a number of days.
    private static string? ProblemOfTime(string text) =>
        text != "0" && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            ? $"must be {Time}, but is the number {text}, which would mean days."
            : Unless(TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _), Time, text);

    private static string? Unless(bool isUnderstood, string allowed, string text) =>
        isUnderstood ? null : $"must be {allowed}, but is '{text}'.";
}
