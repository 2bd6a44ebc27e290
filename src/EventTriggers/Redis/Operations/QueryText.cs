using EventTriggers.Events;

namespace EventTriggers.Redis.Operations;

/// <summary>Says in words what a query asks for.</summary>
internal static class QueryText
{
    /// <summary>Joins the filters that are given.</summary>
    public static string Join(params ReadOnlySpan<(string Name, string Value)> filters)
    {
        var given = new List<string>();
        foreach (var (name, value) in filters)
        {
            if (value.Length > 0)
            {
                given.Add($"{name} {value}");
            }
        }

        return string.Join(", ", given);
    }

    /// <summary>Writes a time, in unix ms; empty if there is none.</summary>
    public static string Of(long? ms) => ms is { } time ? UnixTime.ToDateTimeOffset(time).ToString("O", UnixTime.Format) : string.Empty;
}
