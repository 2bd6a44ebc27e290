namespace EventTriggers;

/// <summary>The answer to a publish.</summary>
/// <param name="Id">The event's id: the chosen one, or a new one.</param>
/// <param name="Outcome">
/// Whether this call accepted the event. Only an event with a chosen id can be <see cref="PublishOutcome.Repeated"/>. A call whose reply was lost and that was sent
/// again by the library is still <see cref="PublishOutcome.Accepted"/>. A call that returns has accepted each of its events; what became of the events of one that failed says
/// <see cref="IncompletePublishException.Results"/>.
/// </param>
public readonly record struct PublishResult(string Id, PublishOutcome Outcome);
