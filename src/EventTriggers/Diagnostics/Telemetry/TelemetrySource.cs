using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>The source of spans and the meter, both named <c>EventTriggers</c>.</summary>
internal static class TelemetrySource
{
    public const string Name = "EventTriggers";

    /// <summary>The semantic conventions that names and attributes follow.</summary>
    public const string SchemaUrl = "https://opentelemetry.io/schemas/1.44.0";

    /// <summary>Gets the version of the package. What a build adds behind a plus says nothing to a user.</summary>
    public static string Version { get; } =
        typeof(TelemetrySource).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Gets the source; <see langword="null"/> if it could not be made, because a listener of the host failed.</summary>
    public static ActivitySource? Activities { get; } = Create();

    public static Meter Meter { get; } = new(new MeterOptions(Name) { Version = Version, TelemetrySchemaUrl = SchemaUrl });

    /// <summary>Makes the source.</summary>
    internal static ActivitySource? Create() => TryCreate(
        static () => new ActivitySource(new ActivitySourceOptions(Name) { Version = Version, TelemetrySchemaUrl = SchemaUrl }));

    /// <summary>Makes a source or an instrument, of which listeners are told.</summary>
    /// <returns>What was made; <see langword="null"/> if a listener failed.</returns>
    internal static T? TryCreate<T>(Func<T> create)
        where T : class
    {
        try
        {
            return create();
        }
        catch (Exception)
        {
            // A listener failed when it was told of it, and cannot be reported anywhere. The process goes on without it.
            return null;
        }
    }
}
