using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// Watches, on a thread of its own, whether the thread pool still runs what it is given. Handlers that block its threads would otherwise stop
/// the client from reading replies, and so leases from being renewed: the pool adds one or two threads a second, a lease is shorter than that.
/// </summary>
internal sealed class ThreadPoolMonitor : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Starved = TimeSpan.FromMilliseconds(250);

    private readonly ManualResetEventSlim _stopped = new();
    private readonly Func<bool> _isBusy;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly int _most;

    /// <param name="handlers">How many handlers may block: as many threads are added at most.</param>
    /// <param name="isBusy">Tells whether handlers may run: else there is nothing to watch.</param>
    /// <param name="logger">Is told when threads are added.</param>
    public ThreadPoolMonitor(int handlers, Func<bool> isBusy, ILogger logger)
    {
        _isBusy = isBusy;
        ThreadPool.GetMinThreads(out var least, out _);
        _most = least + handlers;
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

            // Not disposed: a work item that runs late sets it all the same.
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
                // The thread's edge: what is thrown here, by a logger of the host's, would end the process. There is nobody to tell.
            }
        }
    }

    private void AddThreads()
    {
        ThreadPool.GetMinThreads(out var before, out var completionPorts);
        var wanted = Math.Min(_most, Math.Max(before, ThreadPool.ThreadCount) + (int)Math.Min(ThreadPool.PendingWorkItemCount, _most));
        if (wanted > before && ThreadPool.SetMinThreads(wanted, completionPorts))
        {
            _logger.ThreadsAdded(before, wanted);
        }
    }
}
