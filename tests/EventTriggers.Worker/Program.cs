using System.Runtime.InteropServices;
using EventTriggers;
using EventTriggers.Worker;

if (args is ["cron", var expression, var zone])
{
    // What a process of another kind, as one without ICU, says about an expression.
    try
    {
        Console.WriteLine(Trigger.Cron(expression, zone).Preview(1, DateTimeOffset.UnixEpoch).Count == 1 ? zone : "never");
    }
    catch (ArgumentException e)
    {
        Console.WriteLine(e.Message);
    }

    return;
}

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
