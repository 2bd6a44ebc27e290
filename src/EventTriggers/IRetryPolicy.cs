namespace EventTriggers;

/// <summary>Decides whether a handler that failed is tried again. Register an implementation for the whole host, or set that of a group
/// (<see cref="GroupBuilder.RetryPolicy"/>) or of a handler (<see cref="HandlerOptions.RetryPolicy"/>).</summary>
/// <remarks>
/// If several handlers of an event fail, each is asked about, and those that are to be tried again run after the longest of their delays.
/// </remarks>
public interface IRetryPolicy
{
    /// <summary>Decides whether, and after which delay, the handler is tried again.</summary>
    /// <param name="failure">The handler's failure.</param>
    /// <returns>The delay until the next attempt, or <see langword="null"/> for no further attempt: then the delivery becomes a dead letter
    /// when no other handler of the event is to be tried again either.</returns>
    TimeSpan? NextDelay(HandlerFailure failure);
}
