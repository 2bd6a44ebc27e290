using System.Globalization;

namespace EventTriggers.Redis;

/// <summary>Reads the fields of a server's INFO.</summary>
internal static class InfoText
{
    /// <summary>Reads a field.</summary>
    /// <param name="info">One or more sections.</param>
    /// <param name="field">Its name.</param>
    /// <returns><see langword="null"/> if the server does not say it.</returns>
    public static string? Find(string info, string field)
    {
        foreach (var line in info.AsSpan().EnumerateLines())
        {
            if (line.Length > field.Length && line[field.Length] == ':' && line.StartsWith(field, StringComparison.Ordinal))
            {
                return line[(field.Length + 1)..].Trim().ToString();
            }
        }

        return null;
    }

    /// <summary>Reads a number; <see langword="null"/> if the server does not say it, or says something else.</summary>
    public static long? FindNumber(string info, string field) =>
        long.TryParse(Find(info, field), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static bool IsGarnet(string info) => Find(info, "garnet_version") is not null;
}
