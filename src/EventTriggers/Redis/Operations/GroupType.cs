namespace EventTriggers.Redis.Operations;

/// <summary>The subscription of a group to an event type.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Type">The type's wire name.</param>
internal readonly record struct GroupType(string Group, string Type);
