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
    public static string Raised(string trigger, string source)
    {
        var id = $"{trigger}/={source}";
        return id.Length <= NameRules.LongestChosenId
            ? id
            : $"{trigger}/~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 16))}";
    }

    /// <summary>Makes the id of a follow-up, which lives in the partition of the event that it follows.</summary>
    public static string FollowUp(string parent) => $"{Routing.KeyOf(parent)}/+{IdGenerator.Next()}";
}
