using System.Security.Cryptography;
using System.Text;
using EventTriggers.Redis;

namespace EventTriggers.Events;

/// <summary>
/// Derives ids of events from other ids: <c>trigger/=event</c>, or <c>trigger/~hash</c> if that is too long, for an event that a trigger
/// matched; <c>trigger/@ms</c> for a moment (see _firing.lua); <c>key/+id</c> for a follow-up. An id that a caller chooses must not contain
/// these marks. So the first mark of an id ends the id of the trigger or the key, and a chosen id never equals a derived one.
/// </summary>
internal static class DerivedIds
{
    /// <summary>The characters that only the library uses in ids.</summary>
    public const string Marks = "@=~+";

    /// <summary>
    /// Gets the id of the event that a trigger raises for another event. It is the same however often that event is delivered.
    /// </summary>
    public static string Raised(string trigger, string source)
    {
        var id = $"{trigger}/={source}";
        return id.Length <= NameRules.MaxChosenIdLength
            ? id
            : $"{trigger}/~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 16))}";
    }

    /// <summary>Creates an id of an event with a key: all events of the key live in one partition.</summary>
    public static string Keyed(string key) => $"{key}/{IdGenerator.Next()}";

    /// <summary>Creates the id of a follow-up, which belongs to the partition of the event that it follows.</summary>
    public static string FollowUp(string parent) => $"{Routing.KeyOf(parent)}/+{IdGenerator.Next()}";
}
