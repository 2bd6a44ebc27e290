using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Handles messages that say that a running event is to be canceled. Any client of the server may send them, so none is believed: the
/// server, which alone knows, is asked about the lease at once, and again only after a pause, however many messages come.
/// </summary>
internal sealed class CancelHints(
    Partition partition, IReadOnlyList<DeliveryQueue> queues, IReadOnlyList<RenewDuty> renew, Signal signal, TimeProvider timeProvider)
{
    // Between two calls: it bounds the calls that a flood of messages can cause.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Lease, int> _doubtful = new();

    /// <summary>Notes a message. A message about an event that this process does not hold costs nothing.</summary>
    public void Note(string message)
    {
        if (!message.StartsWith('!'))
        {
            return;
        }

        var id = message[1..];
        for (var g = 0; g < queues.Count; g++)
        {
            if (queues[g].Find(partition, id) is { IsConcluded: false } lease)
            {
                _doubtful[lease] = g;
                signal.Set();
            }
        }
    }

    public async Task RunAsync(CancellationToken drained)
    {
        while (!drained.IsCancellationRequested)
        {
            await signal.WaitAsync(IdleTimeout, drained).ConfigureAwait(false);
            await RunOnceAsync().ConfigureAwait(false);
            await SafeDelay.ForAsync(Pause, timeProvider, drained).ConfigureAwait(false);
        }
    }

    /// <summary>Asks about the events that messages named, by renewing their leases: the reply says whether they are canceled.</summary>
    public async Task RunOnceAsync()
    {
        foreach (var same in _doubtful.ToArray().GroupBy(static pair => pair.Value))
        {
            foreach (var (lease, _) in same)
            {
                _doubtful.TryRemove(lease, out _);
            }

            Task asking = renew[same.Key].RunOnceAsync(same.Select(static pair => pair.Key));
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
