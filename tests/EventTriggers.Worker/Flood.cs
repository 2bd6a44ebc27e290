using System.Diagnostics;

namespace EventTriggers.Worker;

/// <summary>A producer that does not wait for what it publishes.</summary>
internal static class Flood
{
    /// <summary>
    /// Publishes as fast as it can, and notes how many were accepted, how many were refused, and how much memory the process had at most.
    /// </summary>
    public static async Task RunAsync(IEventBus bus, int events, History history)
    {
        var job = new Job(0, new string('x', 1000));
        var (left, accepted, refused) = (events, 0, 0);
        var ended = new TaskCompletionSource();
        for (var i = 0; i < events; i++)
        {
            _ = PublishAsync();
        }

        await ended.Task;
        history.Add("accepted", number: accepted);
        history.Add("refused-publish", number: refused);
        using var self = Process.GetCurrentProcess();
        history.Add("peak-memory", number: self.PeakWorkingSet64);

        async Task PublishAsync()
        {
            try
            {
                await bus.PublishAsync(job);
                Interlocked.Increment(ref accepted);
            }
            catch (Exception e) when (e is PublishBacklogFullException or StoreUnavailableException { MayHaveHappened: false })
            {
                Interlocked.Increment(ref refused);
            }

            if (Interlocked.Decrement(ref left) == 0)
            {
                ended.SetResult();
            }
        }
    }
}
