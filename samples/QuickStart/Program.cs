using System.Runtime.InteropServices;
using EventTriggers.Testing;
using QuickStart;
using StackExchange.Redis;

// dotnet run --project samples/QuickStart [-- --redis CONNECTION] [--events FILE]
// Without --redis a throwaway server is started: nothing has to be installed but the .NET SDK.
var (redis, events) = (Option("--redis"), Option("--events"));

// Ctrl-C, or SIGTERM, drains: what is running is finished, what is not is given back.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => Stop(() => e.Cancel = true);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(() => context.Cancel = true));

await using var server = redis is null ? await RedisTestServer.StartAsync() : null;
await using var connection = await ConnectionMultiplexer.ConnectAsync(redis ?? server!.ConnectionString);
Console.WriteLine($"Redis: {redis ?? $"{server!.Kind} on {server.ConnectionString}, stopped at the end"}");

return events is null ? await Tour.RunAsync(connection, stop.Token) : await Replay.RunAsync(connection, events, stop.Token);

string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

void Stop(Action keepRunning)
{
    keepRunning();
    stop.Cancel();
}
