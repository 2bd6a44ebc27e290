namespace EventTriggers.Consuming.Execution;

/// <summary>Learns from the claims of one loop how quick the handlers of a group are, and so how much may be claimed beyond its workers.</summary>
internal sealed class AdaptivePrefetch(ConsumerGroup group, TimeProvider timeProvider)
{
    private long _sent;
    private long _heard = timeProvider.GetTimestamp();
    private int _finishedWhenSent;
    private int _finishedWhenHeard = group.Finished;

    /// <summary>Tells that a claim is sent.</summary>
    public void Sent() => (_sent, _finishedWhenSent) = (timeProvider.GetTimestamp(), group.Finished);

    /// <summary>Tells that its answer is here.</summary>
    public void Heard()
    {
        var (heard, finished) = (timeProvider.GetTimestamp(), group.Finished);

        // Workers that had nothing left to do meanwhile would have gone on as before.
        var (before, claim) = (_sent - _heard, heard - _sent);
        var likely = before > 0 ? (_finishedWhenSent - _finishedWhenHeard) * (double)claim / before : 0;
        group.Prefetch = Math.Max(finished - _finishedWhenSent, (int)Math.Min(likely, int.MaxValue));
        (_heard, _finishedWhenHeard) = (heard, finished);
    }
}
