namespace EventTriggers.Triggers;

/// <summary>A trigger that a host declares; it has an id.</summary>
internal sealed record DeclaredTrigger(Trigger Trigger);
