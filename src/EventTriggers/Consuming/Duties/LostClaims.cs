using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Duties;

/// <summary>
/// Claims of one partition whose replies were lost. No consumer handles what they have leased, so this process gives it back instead of
/// letting it wait for the end of a lease. A call may arrive even after it was given up, so its leases are looked for until they would be
/// over.
/// </summary>
internal sealed class LostClaims(
    Keyspace keyspace, Partition partition, IReadOnlyList<string> groups, TimeProvider timeProvider, ILogger logger)
{
    private const int Page = 500;
    private const int MaxPages = 20;
    private const int MaxCalls = 20;

    private readonly Lock _lock = new();
    private readonly List<Lost> _lost = [];

    /// <summary>Gets a value indicating whether it is time to look for leases.</summary>
    public bool IsDue => Due().Length > 0;

    /// <summary>
    /// Notes a call that may have been executed without an answer. Only so many are remembered; what older ones have leased ends with the
    /// leases.
    /// </summary>
    public void Note(long call)
    {
        lock (_lock)
        {
            if (_lost.Count == MaxCalls)
            {
                _lost.RemoveAt(0);
            }

            _lost.Add(new Lost(call, timeProvider.GetTimestamp()));
        }
    }

    /// <summary>Gives back the deliveries that the calls have leased.</summary>
    public async ValueTask RunOnceAsync(string holder)
    {
        foreach (var lost in Due())
        {
            foreach (var group in groups)
            {
                await ReleaseAsync(group, holder, lost.Call).ConfigureAwait(false);
            }

            lost.LookedAt = timeProvider.GetTimestamp();
        }

        lock (_lock)
        {
            _lost.RemoveAll(lost => timeProvider.GetElapsedTime(lost.Since) >= keyspace.Options.LeaseDuration);
        }
    }

    private Lost[] Due()
    {
        lock (_lock)
        {
            return _lost.Count == 0 ? [] : [.. _lost.Where(IsTimeFor)];
        }
    }

    private bool IsTimeFor(Lost lost) =>
        lost.LookedAt is not { } looked || timeProvider.GetElapsedTime(looked) >= keyspace.Options.RenewalInterval;

    private async ValueTask ReleaseAsync(string group, string holder, long call)
    {
        var released = 0;
        for (var page = 0; page < MaxPages; page++)
        {
            var reply = await keyspace.Scripts.RunAsync(new UnreceivedRequest
            {
                Partition = partition,
                Now = keyspace.PinnedNow,
                Group = group,
                Holder = holder,
                Call = call,
                Skip = (page * Page) - released,
                Limit = Page,
            }).ConfigureAwait(false);
            released += reply.Released;
            if (reply.Examined < Page)
            {
                break;
            }
        }

        if (released > 0)
        {
            logger.ClaimReleased(released, group, partition.Index);
        }
    }

    private sealed class Lost(long call, long since)
    {
        public long Call => call;

        public long Since => since;

        /// <summary>Gets or sets when its leases were looked for last; <see langword="null"/> for never.</summary>
        public long? LookedAt { get; set; }
    }
}
