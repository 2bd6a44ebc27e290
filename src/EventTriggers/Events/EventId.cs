using System.Text.Json.Serialization;

namespace EventTriggers;

/// <summary>Identifies an event.</summary>
/// <param name="Value">
/// An id that you choose has 1–200 characters of <c>A–Z a–z 0–9 . _ : / -</c>. The part before the first <c>/</c> decides the partition, so events that share
/// it live together. Only the library writes the marks <c>@ = ~ +</c>: <c>trigger/@ms</c> is the event that a trigger raised for a moment,
/// <c>trigger/=event</c> (or <c>trigger/~hash</c>, if that is too long) for another event, and <c>key/+id</c> is a follow-up.
/// </param>
[JsonConverter(typeof(EventIdJsonConverter))]
public readonly record struct EventId(string Value)
{
    /// <summary>The most characters that an id may have.</summary>
    public const int MaxLength = 200;

    /// <summary>Gets the id.</summary>
    public override string ToString() => Value;
}
