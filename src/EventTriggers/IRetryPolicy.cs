namespace EventTriggers;

/// <summary>Decides what happens to a delivery whose handler failed. Register an implementation before <c>AddRedisTriggers</c>.</summary>
public interface IRetryPolicy
{
    /// <summary>Decides whether, and after which delay, the delivery is tried again.</summary>
    /// <param name="failure">The delivery and its failure.</param>
    /// <returns>The delay until the next attempt, or <see langword="null"/> to make it a dead letter.</returns>
    TimeSpan? NextDelay(HandlerFailure failure);
}
