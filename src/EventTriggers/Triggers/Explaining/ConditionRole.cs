using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>What an event is to a trigger that it may match.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConditionRole>))]
public enum ConditionRole
{
    /// <summary>The trigger waits for the event.</summary>
    Source,

    /// <summary>The event follows, or answers, another event that the trigger waits for.</summary>
    Following,

    /// <summary>The event cancels the trigger.</summary>
    Cancel,
}
