namespace EventTriggers.Events;

/// <summary>A payload type and its wire name, as a host registered them.</summary>
internal sealed record EventTypeRegistration(Type PayloadType, string Name);
