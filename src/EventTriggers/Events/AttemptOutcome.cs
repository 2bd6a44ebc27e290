using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>How an attempt to handle a delivery ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>A handler failed, and the delivery is tried again.</summary>
    Failed,

    /// <summary>A handler failed for the last time: the delivery became a dead letter.</summary>
    Dead,

    /// <summary>The event was canceled while its handler ran.</summary>
    Canceled,

    /// <summary>
    /// The consumer did not renew its lease: it was killed, hung, or was cut off from Redis. The last attempt of a delivery that became a
    /// dead letter because its consumers crashed ends like this, too.
    /// </summary>
    Lost,

    /// <summary>All handlers succeeded, after attempts that had not.</summary>
    Succeeded,
}
