using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>Consuming processes, of which one after the other is killed and replaced.</summary>
internal sealed class DyingWorkers : IAsyncDisposable
{
    private const int AtOnce = 4;

    private readonly Func<WorkerProcess> _start;
    private readonly WorkerProcess[] _workers;

    private DyingWorkers(Func<WorkerProcess> start) => (_start, _workers) = (start, [.. Enumerable.Range(0, AtOnce).Select(_ => start())]);

    /// <summary>Gets how many were killed.</summary>
    public int Killed { get; private set; }

    public static async Task<DyingWorkers> StartAsync(OwnRedis server, TestHost host)
    {
        var workers = new DyingWorkers(() => new WorkerProcess(server.ConnectionString, host.Prefix, "lease=2000"));
        foreach (var worker in workers._workers)
        {
            await worker.ReadyAsync();
        }

        return workers;
    }

    /// <summary>Kills the one that has lived longest a second from now.</summary>
    public async Task KillNextAsync()
    {
        await Task.Delay(TimeSpan.FromSeconds(1));
        var next = Killed++ % AtOnce;
        await _workers[next].KillAsync();
        await _workers[next].DisposeAsync();
        _workers[next] = _start();
    }

    /// <summary>Kills them all, and replaces none.</summary>
    public Task KillAllAsync() => Task.WhenAll(_workers.Select(static async worker =>
    {
        await worker.KillAsync();
        await worker.EndedAsync();
    }));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }
    }
}
