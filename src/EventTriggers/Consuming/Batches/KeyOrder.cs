using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>
/// The order of deliveries of one key that a batch handled: none of them may have ended while one before it is to come again.
/// </summary>
internal static class KeyOrder
{
    /// <summary>Tells whether those behind a delivery may end.</summary>
    /// <param name="settlement">Its outcome.</param>
    /// <param name="holdsDead">Whether a key waits behind its dead letter.</param>
    public static bool Passes(Settlement settlement, bool holdsDead) =>
        settlement.Outcome is Outcome.Done or Outcome.Cancel || (settlement.Outcome == Outcome.Dead && !holdsDead);

    /// <summary>
    /// Gives back what has ended behind a delivery that is to come again: it is handled again after that one. A dead letter that its key
    /// does not wait for may stay.
    /// </summary>
    /// <param name="settlements">The outcomes, in the order of the deliveries.</param>
    /// <param name="holdsDead">Whether a key waits behind its dead letter.</param>
    public static IEnumerable<Settlement> Apply(IEnumerable<Settlement> settlements, bool holdsDead)
    {
        var passes = true;
        foreach (var settlement in settlements)
        {
            var hasEnded = settlement.Outcome == Outcome.Done || (settlement.Outcome == Outcome.Dead && holdsDead);
            yield return hasEnded && !passes ? OutcomePolicy.Release(settlement.Lease) : settlement;
            passes = passes && Passes(settlement, holdsDead);
        }
    }
}
