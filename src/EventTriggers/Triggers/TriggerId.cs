using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Identifies a trigger.</summary>
/// <param name="Value">1–150 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The part before the first <c>/</c> decides the partition.</param>
[JsonConverter(typeof(TriggerIdJsonConverter))]
public readonly record struct TriggerId(string Value)
{
    /// <summary>The most characters that an id may have: less than an event's, because raised events are named after their trigger.</summary>
    public const int MaxLength = 150;

    /// <summary>Gets the id.</summary>
    public override string ToString() => Value;
}
