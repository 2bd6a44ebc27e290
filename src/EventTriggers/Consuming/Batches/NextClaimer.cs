using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics.Telemetry;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Batches;

/// <summary>Claims the deliveries of one partition that wait behind the first of their key, for a batch that has it.</summary>
/// <param name="keyspace">The keys.</param>
/// <param name="partition">The partition.</param>
/// <param name="consumer">The name that leased deliveries note as their holder.</param>
/// <param name="lost">Gives back what calls have leased without an answer.</param>
/// <param name="timeProvider">The clock of leases.</param>
internal sealed class NextClaimer(
    Keyspace keyspace, Partition partition, Lazy<string> consumer, LostClaims lost, TimeProvider timeProvider)
{
    // Leased deliveries note the consumer and its call: these numbers are far from those of claims.
    private long _call = 1L << 40;

    /// <summary>Claims as many as the batch has room for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="types">The wire names of the types that it may have.</param>
    /// <returns>The batch with what was claimed.</returns>
    public async ValueTask<LeaseBatch> ClaimAsync(LeaseBatch batch, IEnumerable<string> types)
    {
        var request = new ClaimNextRequest
        {
            Now = keyspace.PinnedNow,
            Batch = batch,
            Types = [.. types],
            Holder = consumer.Value,
            Call = Interlocked.Increment(ref _call),
            Duration = keyspace.Options.LeaseDuration,
            MaxPayloadBytes = keyspace.Options.MaxPayloadBytes,
            MaxHeaderBytes = EventTexts.MaxHeaderBytes,
        };
        var (sent, since) = (timeProvider.GetTimestamp(), OperationMetrics.Begin());
        try
        {
            var reply = await keyspace.Scripts.RunAsync(request).ConfigureAwait(false);
            OperationMetrics.Record("claim", "receive", since);
            foreach (var delivery in reply.Deliveries)
            {
                DeliveryMetrics.Claimed(delivery, reply.Now);
            }

            return batch with { Leases = [.. batch.Leases, .. Hold(batch, reply, sent)], Call = request.Call };
        }
        catch (Exception e)
        {
            OperationMetrics.Record("claim", "receive", since, failure: e);
            if (RedisFailures.Classify(e) == RedisFailure.Unknown)
            {
                lost.Note(request.Call);
            }

            throw;
        }
    }

    private List<Lease> Hold(LeaseBatch batch, ClaimNextReply reply, long sent)
    {
        var queue = batch.Leases[0].Queue;
        var leases = new List<Lease>(reply.Deliveries.Count);
        foreach (var delivery in reply.Deliveries)
        {
            var lease = new Lease(delivery, partition, queue, sent);
            queue.Hold(lease);
            leases.Add(lease);
        }

        return leases;
    }
}
