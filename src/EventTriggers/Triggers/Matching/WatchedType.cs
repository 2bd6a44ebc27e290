namespace EventTriggers;

/// <summary>Events that a trigger watches.</summary>
/// <param name="Type">Their wire name.</param>
/// <param name="Pattern">Which of them; <see langword="null"/> for all.</param>
/// <param name="Role">For what.</param>
internal sealed record WatchedType(string Type, EventPattern? Pattern, WatchRole Role);
