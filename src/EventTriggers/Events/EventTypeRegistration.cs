namespace EventTriggers.Events;

/// <summary>A payload type, its wire name, and how its events get their keys, as a host registered them.</summary>
/// <param name="PayloadType">The type.</param>
/// <param name="Name">The wire name.</param>
/// <param name="Key">The key of its events that are published without one; <see langword="null"/> for none.</param>
internal sealed record EventTypeRegistration(Type PayloadType, string Name, DefaultKey? Key = null);
