using System.Runtime.InteropServices;
using EventTriggers.Testing;
using QuickStart;
using StackExchange.Redis;

// Without --redis a throwaway server is started: nothing has to be installed but the .NET SDK.
const string Usage = "Usage: dotnet run --project samples/QuickStart [-- [--redis CONNECTION] [--events FILE]]";
string? redis = null, file = null;
for (var i = 0; i < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--redis" when i + 1 < args.Length:
            redis = args[i + 1];
            break;
        case "--events" when i + 1 < args.Length:
            file = args[i + 1];
            break;
        default:
            Console.Error.WriteLine($"'{args[i]}' is no option, or lacks its value. {Usage}");
            return 2;
    }
}

// Ctrl-C, or SIGTERM, drains: what is running is finished, what is not is given back.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => Stop(() => e.Cancel = true);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(() => context.Cancel = true));

try
{
    // Read first: a file that is not as it should be is found before anything is started.
    var lines = file is null ? null : Replay.Read(file);
    await using var server = redis is null ? await RedisTestServer.StartAsync(stop.Token) : null;
    await using var connection = await ConnectionMultiplexer.ConnectAsync(redis ?? server!.ConnectionString);
    Console.WriteLine($"Redis: {redis ?? $"{server!.Kind} on {server.ConnectionString}, stopped at the end"}");
    return lines is null ? await Tour.RunAsync(connection, stop.Token) : await Replay.RunAsync(connection, lines, stop.Token);
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or RedisConnectionException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

void Stop(Action keepRunning)
{
    keepRunning();
    stop.Cancel();
}
