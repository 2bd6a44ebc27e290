using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What makes a trigger fire.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TriggerKind>))]
public enum TriggerKind
{
    /// <summary>A moment.</summary>
    At,

    /// <summary>Events of a type.</summary>
    On,

    /// <summary>A moment, and every interval after it.</summary>
    Every,

    /// <summary>The moments of a cron expression.</summary>
    Cron,
}
