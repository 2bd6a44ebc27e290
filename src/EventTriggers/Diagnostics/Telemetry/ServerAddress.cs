namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The server to which a host is connected, as its configuration names it; of several, the first.</summary>
/// <param name="Host">The host; <see langword="null"/> if it is not known.</param>
/// <param name="Port">The port; <see langword="null"/> if there is none.</param>
internal sealed record ServerAddress(string? Host, int? Port)
{
    private readonly KeyValuePair<string, object?>[] _tags = TagsOf(Host, Port);

    public static ServerAddress None { get; } = new(null, null);

    /// <summary>Gets the attributes of the server.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags;

    private static KeyValuePair<string, object?>[] TagsOf(string? host, int? port)
    {
        List<KeyValuePair<string, object?>> tags = [];
        if (host is not null)
        {
            tags.Add(new(TelemetryNames.ServerAddress, host));
        }

        if (port is not null)
        {
            tags.Add(new(TelemetryNames.ServerPort, port));
        }

        return [.. tags];
    }
}
