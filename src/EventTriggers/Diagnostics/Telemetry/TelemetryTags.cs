using System.Globalization;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Attributes that several spans have.</summary>
internal static class TelemetryTags
{
    /// <summary>Gets the attributes of a partition and of a server, before others.</summary>
    /// <param name="partition">The partition; <see langword="null"/> if there may be several.</param>
    /// <param name="server">The server.</param>
    /// <param name="others">How many attributes are added.</param>
    public static List<KeyValuePair<string, object?>> Of(int? partition, ServerAddress server, int others)
    {
        var tags = new List<KeyValuePair<string, object?>>(others + 4) { new(TelemetryNames.MessagingSystem, TelemetryNames.SystemName) };
        if (partition is { } index)
        {
            // A text, as the conventions say.
            tags.Add(new(TelemetryNames.Partition, index.ToString(CultureInfo.InvariantCulture)));
        }

        tags.AddRange(server.Tags);
        return tags;
    }
}
