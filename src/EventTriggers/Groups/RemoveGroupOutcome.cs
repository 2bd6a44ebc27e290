using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of removing a group.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RemoveGroupOutcome>))]
public enum RemoveGroupOutcome
{
    /// <summary>Nothing of the group is left.</summary>
    Removed,

    /// <summary>
    /// Consumers handle types of the group; nothing was removed in the partitions where they do, unless they started during the removal. A
    /// consumer that was killed counts as alive for up to 150 seconds.
    /// </summary>
    HasConsumers,

    /// <summary>No partition knows the group.</summary>
    NotFound,
}
