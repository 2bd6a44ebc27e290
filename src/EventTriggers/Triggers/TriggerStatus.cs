using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Where a trigger is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TriggerStatus>))]
public enum TriggerStatus
{
    /// <summary>It fires when it is due, or when its event comes.</summary>
    Active,

    /// <summary>It does not fire until it is resumed.</summary>
    Paused,

    /// <summary>It has fired for the last time, or its time is over.</summary>
    Completed,

    /// <summary>It was cancelled.</summary>
    Canceled,
}
