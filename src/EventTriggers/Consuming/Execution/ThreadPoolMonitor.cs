using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Watches, on a thread of its own, whether the thread pool still runs its work items. Handlers that block its threads would otherwise keep
/// the client from reading replies, and leases from being renewed: the pool adds only one or two threads a second, and leases are too short
/// for that.
/// </summary>
internal sealed class ThreadPoolMonitor : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Starved = TimeSpan.FromMilliseconds(250);

    private readonly ManualResetEventSlim _stopped = new();
    private readonly Func<bool> _isBusy;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Func<int> _handlers;
    private readonly int _least;

    /// <param name="handlers">Tells how many handlers may block: at most as many threads are added.</param>
    /// <param name="isBusy">Tells whether handlers may run: otherwise there is nothing to watch.</param>
    /// <param name="logger">Logs when threads are added.</param>
    public ThreadPoolMonitor(Func<int> handlers, Func<bool> isBusy, ILogger logger)
    {
        _isBusy = isBusy;
        ThreadPool.GetMinThreads(out _least, out _);
        _handlers = handlers;
        _logger = logger;
        _thread = new Thread(Watch) { IsBackground = true, Name = "EventTriggers pool watch" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread.Join();
        _stopped.Dispose();
    }

    private void Watch()
    {
        while (!_stopped.Wait(Interval))
        {
            if (!_isBusy())
            {
                continue;
            }

            // Not disposed: a work item that runs late still sets it.
            var ran = new ManualResetEventSlim();
            ThreadPool.UnsafeQueueUserWorkItem(static ran => ran.Set(), ran, preferLocal: false);
            try
            {
                if (!ran.Wait(Starved))
                {
                    AddThreads();
                }
            }
            catch (Exception)
            {
                // The thread's edge: an exception here, from a logger of the host, would end the process.
            }
        }
    }

    private void AddThreads()
    {
        ThreadPool.GetMinThreads(out var before, out var completionPorts);
        var most = _least + _handlers();
        var wanted = Math.Min(most, Math.Max(before, ThreadPool.ThreadCount) + (int)Math.Min(ThreadPool.PendingWorkItemCount, most));
        if (wanted > before && ThreadPool.SetMinThreads(wanted, completionPorts))
        {
            _logger.ThreadPoolStarved(before, wanted);
        }
    }
}
