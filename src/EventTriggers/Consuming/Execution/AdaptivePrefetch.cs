namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Learns from the claims of one loop how quick the handlers of a group are, and so how much may be claimed beyond its workers.
/// </summary>
internal sealed class AdaptivePrefetch(DeliveryQueue queue, TimeProvider timeProvider)
{
    private long _sent;
    private long _received = timeProvider.GetTimestamp();
    private int _finishedWhenSent;
    private int _finishedWhenReceived = queue.Finished;

    public void ClaimSent() => (_sent, _finishedWhenSent) = (timeProvider.GetTimestamp(), queue.Finished);

    public void ClaimReceived()
    {
        var (received, finished) = (timeProvider.GetTimestamp(), queue.Finished);

        // Workers that ran out of deliveries during the claim would have gone on at the rate they had before it.
        var (before, claim) = (_sent - _received, received - _sent);
        var likely = before > 0 ? (_finishedWhenSent - _finishedWhenReceived) * (double)claim / before : 0;
        queue.Prefetch = Math.Max(finished - _finishedWhenSent, (int)Math.Min(likely, int.MaxValue));
        (_received, _finishedWhenReceived) = (received, finished);
    }
}
