using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The status of a bulk operation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BulkOperationStatus>))]
public enum BulkOperationStatus
{
    /// <summary>It goes on while any consumer of the prefix runs.</summary>
    Running,

    /// <summary>It has looked at everything.</summary>
    Completed,

    /// <summary>It was stopped; what it had changed stays changed.</summary>
    Stopped,
}
