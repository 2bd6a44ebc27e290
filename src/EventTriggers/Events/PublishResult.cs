namespace EventTriggers;

/// <summary>The result of publishing one event.</summary>
/// <param name="Id">
/// The event's id: the chosen one, or a new one; or the id of the event that is kept in its place (<see cref="PublishOutcome.Kept"/>).
/// </param>
/// <param name="Outcome">
/// Whether this call accepted the event. Only an event with a chosen id can be <see cref="PublishOutcome.Repeated"/>: a call that the
/// library repeats because its reply was lost is still <see cref="PublishOutcome.Accepted"/>. A call that returns has accepted its events,
/// except those for which others were kept; if it throws an <see cref="IncompletePublishException"/>,
/// <see cref="IncompletePublishException.Results"/> holds the outcome of each event.
/// </param>
public readonly record struct PublishResult(string Id, PublishOutcome Outcome);
