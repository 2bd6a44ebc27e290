using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What a bulk operation does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperationKind>))]
public enum OperationKind
{
    /// <summary>Makes dead letters ready again.</summary>
    RedriveEvents,

    /// <summary>Cancels deliveries that are not handled yet.</summary>
    CancelEvents,

    /// <summary>Gives up dead letters.</summary>
    DiscardEvents,

    /// <summary>Cancels triggers.</summary>
    CancelTriggers,

    /// <summary>Pauses triggers.</summary>
    PauseTriggers,

    /// <summary>Resumes triggers.</summary>
    ResumeTriggers,
}
