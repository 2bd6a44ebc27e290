using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The status of a trigger.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TriggerStatus>))]
public enum TriggerStatus
{
    /// <summary>It fires when it is due, or when its event comes.</summary>
    Active,

    /// <summary>It does not fire until it is resumed.</summary>
    Paused,

    /// <summary>It has fired for the last time, or has reached its end (<c>Until</c>).</summary>
    Completed,

    /// <summary>It was canceled.</summary>
    Canceled,
}
