using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>The result of a change of a trigger.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ChangeOutcome>))]
public enum ChangeOutcome
{
    /// <summary>The change was made, or the trigger was already in that state.</summary>
    Done,

    /// <summary>The trigger is completed or canceled; nothing was changed.</summary>
    Ended,

    /// <summary>No trigger has this id: it never existed, or its retention is over.</summary>
    NotFound,
}
