using Microsoft.Extensions.Options;

namespace EventTriggers.DependencyInjection;

/// <summary>Checks settings one by one, and says of each what is allowed and what was given.</summary>
internal sealed class SettingChecks(ValidateOptionsResultBuilder result)
{
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    public static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public void Name(string? problem, string setting)
    {
        if (problem is not null)
        {
            result.AddError($"{setting}: {problem}");
        }
    }

    /// <summary>Checks a number; <see langword="null"/> is allowed.</summary>
    public void Number(int? value, int least, int most, string setting)
    {
        if (value < least || value > most)
        {
            result.AddError($"{setting} must be between {least} and {most}, but is {value}.");
        }
    }

    /// <summary>Checks a time; <see langword="null"/> is allowed.</summary>
    public void Span(TimeSpan? value, TimeSpan least, TimeSpan most, string setting)
    {
        if (value < least || value > most)
        {
            result.AddError($"{setting} must be between {least} and {most}, but is {value}.");
        }
    }

    /// <summary>Checks a limit of time; <see langword="null"/> and <see cref="Timeout.InfiniteTimeSpan"/> are allowed.</summary>
    public void Limit(TimeSpan? value, string setting) => Span(value == Timeout.InfiniteTimeSpan ? null : value, Tick, Day, setting);

    /// <summary>Checks a choice; <see langword="null"/> is allowed.</summary>
    public void Choice<T>(T? value, string setting)
        where T : struct, Enum
    {
        if (value is { } choice && !Enum.IsDefined(choice))
        {
            result.AddError($"{setting} must be one of {string.Join(", ", Enum.GetNames<T>())}, but is {choice}.");
        }
    }

    public void Fail(string problem, string setting) => result.AddError($"{setting} {problem}");
}
