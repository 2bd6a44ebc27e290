using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Decides the outcome of deliveries of one group that this process handled. Scripts end the others: reap.lua, claim.lua and unhandled.lua.
/// </summary>
internal sealed class OutcomePolicy(IRetryPolicy? policy, ILogger logger)
{
    // What is postponed is tried again after up to 1, 2, 4 … 32 seconds.
    private const int MaxDoublings = 5;

    // How often a delivery may be put off before that counts as a failure: something that never ends must not go on unseen.
    private const int MaxPutOff = 100;

    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(3650);
    private static readonly TimeSpan FirstPostponement = TimeSpan.FromSeconds(1);

    private readonly ReportedTypes _reported = new();

    /// <summary>Decides on a delivery whose handlers all ran to an end, or were interrupted.</summary>
    /// <param name="lease">The delivery.</param>
    /// <param name="settings">The group's settings when the delivery began to be handled.</param>
    /// <param name="failures">What failed on this attempt.</param>
    /// <param name="handled">
    /// The names of all handlers that have succeeded, and of those that are not tried again; they matter if the delivery has not succeeded.
    /// </param>
    /// <param name="followUps">What the handlers that succeeded on this attempt have published.</param>
    public Settlement Decide(
        Lease lease,
        GroupSettings settings,
        IReadOnlyList<FailedHandler> failures,
        IReadOnlyCollection<string> handled,
        IReadOnlyCollection<OutgoingEvent> followUps)
    {
        if (lease.Interruption == Interruption.LeaseLost)
        {
            return new Settlement(lease, Outcome.Abandon);
        }

        if (failures.Count == 0 && !lease.Delivery.HasGivenUp)
        {
            return new Settlement(lease, Outcome.Done) { FollowUps = followUps };
        }

        // A handler that stops because it was asked to has not failed.
        var obeyed = failures.All(static failed => failed.Exception is OperationCanceledException);
        if (lease.Interruption == Interruption.Canceled)
        {
            var failure = obeyed ? null : failures[0].Exception;
            return new Settlement(lease, Outcome.Cancel) { Failure = failure, Handled = handled, FollowUps = followUps };
        }

        if (lease.Delivery.PutOff < MaxPutOff && failures.Count > 0
            && failures.All(static failed => failed.Exception is RetryLaterException))
        {
            return PutOff(lease, [.. failures.Select(static failed => (RetryLaterException)failed.Exception)], handled, followUps);
        }

        return obeyed && failures.Count > 0 && lease.Interruption is Interruption.Shutdown or Interruption.LeaseInDoubt
            ? new Settlement(lease, Outcome.Release) { Handled = handled, FollowUps = followUps }
            : DecideFailed(lease, settings, failures, handled, followUps);
    }

    /// <summary>
    /// Decides on a delivery for which something around its handlers failed: as the default retry policy does, whatever the host's policy
    /// says.
    /// </summary>
    public static Settlement DecideFailure(Lease lease, Exception failure, GroupSettings settings)
    {
        var delay = ExponentialBackoff.NextDelay(FailuresOf(lease.Delivery), settings.MaxAttempts, settings);
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

    private Settlement PutOff(
        Lease lease, RetryLaterException[] failures, IReadOnlyCollection<string> handled, IReadOnlyCollection<OutgoingEvent> followUps)
    {
        var (delivery, last) = (lease.Delivery, failures.MaxBy(static later => later.After)!);
        logger.DeliveryPutOff(delivery.Id, Excerpt.Of(delivery.Type), delivery.Group, last.After);
        return new Settlement(lease, Outcome.Later) { Delay = last.After, Failure = last, Handled = handled, FollowUps = followUps };
    }

    // Each handler that failed is tried again or not; the delivery is tried again as long as one of them is.
    private Settlement DecideFailed(
        Lease lease, GroupSettings settings, IReadOnlyList<FailedHandler> failures, IReadOnlyCollection<string> handled,
        IReadOnlyCollection<OutgoingEvent> followUps)
    {
        var delivery = lease.Delivery;
        var decisions = failures.Select(failed => DecideHandler(delivery, settings, failed)).ToArray();
        var failure = FailureOf(delivery, [.. decisions.Select(static decision => decision.Failure)]);
        var names = string.Join(", ", failures.Select(static failed => failed.Name).Distinct(StringComparer.Ordinal));
        if (decisions.Max(static decision => decision.Delay) is not { } delay)
        {
            logger.DeliveryDead(failure, delivery.Id, delivery.Type, delivery.Group, names, delivery.Attempt);
            return new Settlement(lease, Outcome.Dead) { Failure = failure, Handled = handled, FollowUps = followUps };
        }

        logger.DeliveryRetried(failure, delivery.Id, delivery.Type, delivery.Group, names, delivery.Attempt, delay);
        string[] givenUp = [.. decisions.Where(static decision => decision.Delay is null).Select(static decision => decision.Name)];
        foreach (var name in givenUp)
        {
            logger.HandlerGivenUp(name, delivery.Id, delivery.Type, delivery.Group, delivery.Attempt);
        }

        return new Settlement(lease, Outcome.Retry)
        {
            Delay = delay,
            Failure = failure,
            Handled = [.. handled, .. givenUp.Select(static name => Delivery.GivenUpMark + name)],
            FollowUps = followUps,
        };
    }

    private static Exception FailureOf(Delivery delivery, Exception[] failures) => failures switch
    {
        [] => new HandlerGivenUpException(string.Join(
            ", ", delivery.Handled.Where(static name => name.StartsWith(Delivery.GivenUpMark)).Select(static name => name[1..]))),
        [var one] => one,
        _ => Array.Find(failures, IsFinal) ?? new AggregateException(failures),
    };

    // No attempt can read, or match, what this one could not.
    private static bool IsFinal(Exception failure) => failure is UnreadablePayloadException or UnmatchableException;

    private static int FailuresOf(Delivery delivery) => Math.Max(1, delivery.Attempt - delivery.Crashes);

    private (string Name, Exception Failure, TimeSpan? Delay) DecideHandler(
        Delivery delivery, GroupSettings settings, FailedHandler failed)
    {
        var (name, failure, options) = failed;
        var failures = FailuresOf(delivery);
        if (IsFinal(failure) || failures >= options?.MaxAttempts)
        {
            return (name, failure, null);
        }

        if ((options?.RetryPolicy ?? policy) is not { } decides)
        {
            return (name, failure, ExponentialBackoff.NextDelay(failures, options?.MaxAttempts ?? settings.MaxAttempts, settings));
        }

        try
        {
            var delay = decides.NextDelay(new HandlerFailure
            {
                Id = delivery.Id,
                Type = delivery.Type,
                Group = delivery.Group,
                Handler = name,
                Failures = failures,
                Exception = failure,
            });
            return (name, failure, delay is null
                ? null
                : TimeSpan.FromMilliseconds(Math.Clamp(delay.Value.TotalMilliseconds, 0, MaxDelay.TotalMilliseconds)));
        }
        catch (Exception e)
        {
            // The policy may be the host's. Without its answer the handler is not tried again: the delivery can be redriven, and is not
            // retried for ever.
            return (name, new AggregateException("The retry policy failed.", failure, e), null);
        }
    }
}
