using EventTriggers.Diagnostics;
using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>What a handler has asked for while it runs: follow-up events, and to be put off. Most handlers ask for nothing.</summary>
internal sealed class HandlerRequests
{
    // One script records them, and no script may hold the server up.
    private const int MostFollowUps = 1000;
    private const int MostFollowUpBytes = 1024 * 1024;

    // It is its own lock.
    private readonly List<OutgoingEvent> _followUps = [];

    private RetryLaterException? _putOff;
    private int _bytes;
    private bool _isClosed;

    /// <summary>Gets those of a handler that has ended without asking for anything.</summary>
    public static HandlerRequests Ended { get; } = new() { _isClosed = true };

    /// <summary>Gets what was published so far.</summary>
    public IReadOnlyList<OutgoingEvent> FollowUps
    {
        get
        {
            lock (_followUps)
            {
                return [.. _followUps];
            }
        }
    }

    /// <summary>Gets for how long the delivery is put off; <see langword="null"/> if it is not.</summary>
    public RetryLaterException? PutOff => Volatile.Read(ref _putOff);

    /// <summary>Adds follow-ups: all of them, or none.</summary>
    /// <param name="id">The id of the event that is handled.</param>
    /// <param name="added">The follow-ups.</param>
    public void Publish(string id, OutgoingEvent[] added)
    {
        lock (_followUps)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException(
                    $"The handler of event '{Excerpt.Of(id)}' has ended, so a follow-up would not be recorded. "
                    + "Publish it before the handler returns, or publish it through IEventBus.");
            }

            var bytes = _bytes + added.Sum(static outgoing => outgoing.Size);
            if (_followUps.Count + added.Length > MostFollowUps || bytes > MostFollowUpBytes)
            {
                throw new InvalidOperationException(
                    $"A handler may publish at most {MostFollowUps} follow-ups of at most {MostFollowUpBytes} bytes together: "
                    + "they are recorded with its success in one step. Publish more through IEventBus.");
            }

            _bytes = bytes;
            _followUps.AddRange(added);
        }
    }

    /// <summary>Puts the delivery off, unless it is already.</summary>
    /// <param name="id">The id of the event that is handled.</param>
    /// <param name="later">For how long.</param>
    public void RetryLater(string id, RetryLaterException later)
    {
        lock (_followUps)
        {
            if (_isClosed)
            {
                throw new InvalidOperationException(
                    $"The handler of event '{Excerpt.Of(id)}' has ended, so its delivery cannot be put off any more. "
                    + "Call RetryLater before the handler returns.");
            }

            _putOff ??= later;
        }
    }

    /// <summary>Ends it: nothing more is asked for.</summary>
    /// <returns>What was published.</returns>
    public IReadOnlyList<OutgoingEvent> Close()
    {
        lock (_followUps)
        {
            // Whoever was adding something has done so. Nothing changes it from here on.
            _isClosed = true;
            return _followUps;
        }
    }
}
