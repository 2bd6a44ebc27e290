using System.Security.Cryptography;
using System.Text;
using EventTriggers.Redis;

namespace EventTriggers.Events;

/// <summary>
/// Ids of events that follow from something else: <c>trigger/=event</c>, or <c>trigger/~hash</c> where that is too long, for an event that a trigger matched;
/// <c>trigger/@ms</c> for a moment (see _firing.lua); <c>key/+id</c> for a follow-up. The marks are allowed in no id that a caller chooses, so the first mark
/// of an id ends the trigger's id or the key, and no choice can take the place of what the library makes.
/// </summary>
internal static class DerivedIds
{
    /// <summary>What only the library writes into ids.</summary>
    public const string Marks = "@=~+";

    /// <summary>Gets the id of the event that a trigger raises for another event: the same however often that one is delivered.</summary>
    public static EventId Raised(TriggerId trigger, EventId source)
    {
        var id = $"{trigger}/={source}";
        return id.Length <= EventId.MaxLength
            ? new EventId(id)
            : new EventId($"{trigger}/~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source.Value)).AsSpan(0, 16))}");
    }

    /// <summary>Makes the id of a follow-up, which lives in the partition of the event that it follows.</summary>
    public static EventId FollowUp(EventId parent) => new($"{Routing.KeyOf(parent.Value)}/+{IdGenerator.Next()}");
}
