using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Where a consumer loop stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConsumerLoopState>))]
public enum ConsumerLoopState
{
    /// <summary>The loop does not report its status, because it is not the one of EventTriggers.</summary>
    Unknown,

    /// <summary>The loop has not been started in this process.</summary>
    NotStarted,

    /// <summary>The loop claims deliveries, or tries to.</summary>
    Running,

    /// <summary>The host stops: running handlers finish, and nothing more is claimed.</summary>
    Draining,

    /// <summary>The loop has ended; <see cref="ConsumerLoopStatus.Failure"/> says why, if it was not asked to.</summary>
    Ended,
}
