using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Decides the outcome of deliveries that this process handled. Scripts end the others: reap.lua, claim.lua and unhandled.lua.
/// </summary>
internal sealed class OutcomePolicy(IRetryPolicy policy, ILogger logger)
{
    // What is postponed is tried again after up to 1, 2, 4 … 32 seconds.
    private const int MaxDoublings = 5;

    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(3650);
    private static readonly TimeSpan FirstPostponement = TimeSpan.FromSeconds(1);

    private readonly ReportedTypes _reported = new();

    /// <summary>Decides on a delivery whose handlers all ran to an end, or were interrupted.</summary>
    /// <param name="lease">The delivery.</param>
    /// <param name="failures">What failed; none when every handler succeeded.</param>
    /// <param name="failed">The names of the handlers that failed, for the log.</param>
    /// <param name="handled">The names of all handlers that have succeeded.</param>
    /// <param name="followUps">What the handlers that succeeded on this attempt have published.</param>
    public Settlement Decide(
        Lease lease,
        IReadOnlyList<Exception> failures,
        string failed,
        IReadOnlyCollection<string> handled,
        IReadOnlyCollection<OutgoingEvent> followUps)
    {
        if (lease.Interruption == Interruption.LeaseLost)
        {
            return new Settlement(lease, Outcome.Abandon);
        }

        if (failures.Count == 0)
        {
            return new Settlement(lease, Outcome.Done) { FollowUps = followUps };
        }

        var (outcome, delay, failure) = DecideFailed(lease, failures, failed);
        return new Settlement(lease, outcome) { Delay = delay, Failure = failure, Handled = handled, FollowUps = followUps };
    }

    /// <summary>
    /// Decides on a delivery for which something around its handlers failed: as the default retry policy does, whatever the host's policy
    /// says.
    /// </summary>
    public static Settlement DecideFailure(Lease lease, Exception failure, RedisTriggersOptions options)
    {
        var delay = ExponentialRetryPolicy.NextDelay(FailuresOf(lease.Delivery), options);
        return new Settlement(lease, delay is null ? Outcome.Dead : Outcome.Retry)
        {
            Delay = delay ?? TimeSpan.Zero,
            Failure = failure,
            Handled = lease.Delivery.Handled,
        };
    }

    /// <summary>Gives back a delivery that was not handled, without spending its attempt.</summary>
    public static Settlement Release(Lease lease) => new(lease, Outcome.Release) { Handled = lease.Delivery.Handled };

    /// <summary>Ends a delivery whose hash cannot be read.</summary>
    public static Settlement BuryUnreadable(Lease lease, string trouble) =>
        new(lease, Outcome.Dead) { Failure = new UnreadableHashException(trouble), Handled = lease.Delivery.Handled };

    /// <summary>Postpones a delivery that failed for a reason that lies outside the event, for as often as it takes.</summary>
    public static Settlement Postpone(Lease lease, Exception failure)
    {
        var limit = FirstPostponement * Math.Pow(2, Math.Min(lease.Delivery.Attempt - 1, MaxDoublings));
        return new Settlement(lease, Outcome.Retry) { Delay = limit * Random.Shared.NextDouble(), Failure = failure };
    }

    /// <summary>Passes on a delivery whose type has no handler in this process.</summary>
    public Settlement Skip(Lease lease)
    {
        var delivery = lease.Delivery;
        if (_reported.Add(delivery.Type))
        {
            logger.DeliverySkipped(delivery.Id, Excerpt.Of(delivery.Type), delivery.Group);
        }

        return new Settlement(lease, Outcome.Skip) { Handled = delivery.Handled };
    }

    private (Outcome Outcome, TimeSpan Delay, Exception? Failure) DecideFailed(
        Lease lease, IReadOnlyList<Exception> failures, string failed)
    {
        // A handler that stops because it was asked to has not failed.
        var obeyed = failures.All(static e => e is OperationCanceledException);
        if (obeyed && lease.Interruption is Interruption.Shutdown or Interruption.LeaseInDoubt)
        {
            return (Outcome.Release, TimeSpan.Zero, null);
        }

        if (lease.Interruption == Interruption.Canceled)
        {
            return (Outcome.Cancel, TimeSpan.Zero, obeyed ? null : failures[0]);
        }

        var delivery = lease.Delivery;
        var unreadable = failures.FirstOrDefault(static e => e is UnreadablePayloadException or UnmatchableException);
        var failure = unreadable ?? (failures.Count == 1 ? failures[0] : new AggregateException(failures));
        var delay = unreadable is null ? NextDelay(delivery, ref failure) : null;
        if (delay is null)
        {
            logger.DeliveryDead(failure, delivery.Id, delivery.Type, delivery.Group, failed, delivery.Attempt);
            return (Outcome.Dead, TimeSpan.Zero, failure);
        }

        logger.DeliveryRetried(failure, delivery.Id, delivery.Type, delivery.Group, failed, delivery.Attempt, delay.Value);
        return (Outcome.Retry, delay.Value, failure);
    }

    private static int FailuresOf(Delivery delivery) => Math.Max(1, delivery.Attempt - delivery.Crashes);

    private TimeSpan? NextDelay(Delivery delivery, ref Exception failure)
    {
        try
        {
            var delay = policy.NextDelay(new HandlerFailure
            {
                Id = delivery.Id,
                Type = delivery.Type,
                Failures = FailuresOf(delivery),
                Exception = failure,
            });
            return delay is null
                ? null
                : TimeSpan.FromMilliseconds(Math.Clamp(delay.Value.TotalMilliseconds, 0, MaxDelay.TotalMilliseconds));
        }
        catch (Exception e)
        {
            // The policy may be the host's. Without its answer the delivery becomes a dead letter: it can be redriven, and is not retried
            // for ever.
            failure = new AggregateException("The retry policy failed.", failure, e);
            return null;
        }
    }
}
