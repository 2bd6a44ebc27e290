using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.Redis.Publishing;

/// <summary>
/// The outcomes of the events that one caller publishes together: all are accepted except those that are noted, so nothing is kept while
/// nothing fails.
/// </summary>
internal sealed class PublishTally
{
    private readonly Lock _lock = new();
    private Dictionary<OutgoingEvent, PublishOutcome>? _others;
    private Dictionary<OutgoingEvent, string>? _kept;
    private SortedDictionary<int, Exception>? _failures;
    private int _unsubscribed;

    /// <summary>Notes the outcome of events.</summary>
    public void Note(IEnumerable<OutgoingEvent> events, PublishOutcome outcome)
    {
        lock (_lock)
        {
            // Two equal events are still two.
            _others ??= new Dictionary<OutgoingEvent, PublishOutcome>(ReferenceEqualityComparer.Instance);
            foreach (var outgoing in events)
            {
                _others[outgoing] = outcome;
            }
        }
    }

    /// <summary>Notes what became of events that were published together.</summary>
    public void Note(ArraySegment<OutgoingEvent> events, PublishedPart outcome)
    {
        if (outcome.IsRepeated)
        {
            Note(events, PublishOutcome.Repeated);
        }

        if (outcome.Kept is not { Count: > 0 } kept)
        {
            return;
        }

        Note(kept.Keys.Select(place => events[place]), PublishOutcome.Kept);
        lock (_lock)
        {
            _kept ??= new Dictionary<OutgoingEvent, string>(ReferenceEqualityComparer.Instance);
            foreach (var (place, holder) in kept)
            {
                _kept[events[place]] = holder;
            }
        }
    }

    /// <summary>
    /// Notes why a partition failed. Of several reasons one is reported: the first that leaves something open, or else the first.
    /// </summary>
    public void Note(Partition partition, Exception failure)
    {
        lock (_lock)
        {
            _failures ??= [];
            if (!_failures.TryGetValue(partition.Index, out var reported) || (LeavesNothingOpen(reported) && !LeavesNothingOpen(failure)))
            {
                _failures[partition.Index] = failure;
            }
        }
    }

    /// <summary>Notes events that were accepted, but that other events may not cancel as they should.</summary>
    public void NoteUnsubscribed(int count) => Interlocked.Add(ref _unsubscribed, count);

    /// <summary>Gets the outcome of the events of a failed publish.</summary>
    public static PublishOutcome OutcomeOf(Exception failure) =>
        LeavesNothingOpen(failure) ? PublishOutcome.NotAccepted : PublishOutcome.Unknown;

    /// <summary>Gets the results for the caller.</summary>
    /// <exception cref="IncompletePublishException">Something failed.</exception>
    public IReadOnlyList<PublishResult> Results(OutgoingEvent[] events)
    {
        var results = _others is { } others
            ? Array.ConvertAll(events, outgoing => new PublishResult(
                _kept?.GetValueOrDefault(outgoing) ?? outgoing.Id, others.GetValueOrDefault(outgoing, PublishOutcome.Accepted)))
            : Array.ConvertAll(events, static outgoing => new PublishResult(outgoing.Id, PublishOutcome.Accepted));
        return _failures is null ? results : throw FailureOf(results, [.. _failures.Values]);
    }

    private static bool LeavesNothingOpen(Exception failure) =>
        failure is StoreUnavailableException { MayHaveHappened: false } or PublishBacklogFullException or OperationCanceledException
            or PublishRefusedException or ForeignKeyException or ObjectDisposedException;

    private Exception FailureOf(PublishResult[] results, Exception[] failures)
    {
        var missed = results.Count(static result => result.Outcome == PublishOutcome.NotAccepted);
        var why = failures is [var alone] ? alone : new AggregateException(failures);
        if (missed == results.Length)
        {
            // Nothing has happened: then the exception is the same as for one event, even for a withdrawal or a refusal.
            return Array.Find(failures, static failure => failure is not StoreUnavailableException)
                ?? new IncompletePublishException(Failures.MessageOf(failures[0]), results, why);
        }

        var unknown = results.Count(static result => result.Outcome == PublishOutcome.Unknown);
        var kept = _kept is null ? string.Empty : $" For {_kept.Count} of those accepted, another event that has their name was kept.";
        var unsubscribed = _unsubscribed == 0
            ? string.Empty
            : $" {_unsubscribed} of those accepted may not be canceled by the events that should do so.";
        var first = Array.Find(failures, static failure => !LeavesNothingOpen(failure)) ?? failures[0];
        return new IncompletePublishException(
            $"Of {results.Length} events {results.Length - missed - unknown} were accepted, {missed} were not, and {unknown} may have "
            + $"been; Results tells of each.{unsubscribed}{kept} {Failures.MessageOf(first)}", results, why);
    }
}
