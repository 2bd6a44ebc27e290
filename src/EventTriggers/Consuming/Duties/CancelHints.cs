using System.Collections.Concurrent;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Looks after messages that say that a running event is to be cancelled. Anybody may send them, so none is believed: the server, which alone knows, is asked about
/// what is held, at once, and then again only after a while, however many messages come.
/// </summary>
internal sealed class CancelHints(Partition partition, IReadOnlyList<DeliveryQueue> queues, IReadOnlyList<RenewDuty> renew, Signal signal, TimeProvider timeProvider)
{
    // Between two calls: so a flood of messages makes at most so many.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan Forever = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<Lease, int> _doubtful = new();

    /// <summary>Takes note of a message. One about what nobody here holds costs nothing.</summary>
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
            await signal.WaitAsync(Forever, drained).ConfigureAwait(false);
            await RunOnceAsync().ConfigureAwait(false);
            await SafeDelay.ForAsync(Pause, timeProvider, drained).ConfigureAwait(false);
        }
    }

    /// <summary>Asks about what was said to be cancelled: renewing tells, and changes nothing else.</summary>
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
