using System.Runtime.InteropServices;
using EventTriggers.Worker;

// Hosts in a process of their own, for tests that kill or stop processes; --and begins the arguments of a further one.
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});

List<List<string>> hosts = [[]];
foreach (var arg in args)
{
    if (arg == "--and")
    {
        hosts.Add([]);
    }
    else
    {
        hosts[^1].Add(arg);
    }
}

// The first that fails ends the process.
await foreach (var ended in Task.WhenEach(hosts.Select(host => new WorkerHost(host).RunAsync(stop.Token))))
{
    await ended;
}
