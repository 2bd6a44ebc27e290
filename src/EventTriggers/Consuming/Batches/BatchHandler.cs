namespace EventTriggers.Consuming.Batches;

/// <summary>The batch handler of an event type in a group.</summary>
/// <param name="Name">The name under which its failures are told.</param>
/// <param name="Registration">How the host registered it.</param>
internal sealed record BatchHandler(string Name, IBatchRegistration Registration);
