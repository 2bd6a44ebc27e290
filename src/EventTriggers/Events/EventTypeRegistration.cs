namespace EventTriggers.Events;

/// <summary>One payload type and its wire name, as a host registered it.</summary>
internal sealed record EventTypeRegistration(Type PayloadType, string Name);
