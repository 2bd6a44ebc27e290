using System.Globalization;
using System.Runtime.InteropServices;
using EventTriggers;
using EventTriggers.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using EventId = EventTriggers.EventId;

// A consumer in a process of its own, for tests that kill or stop processes.
// Arguments: connection, prefix, history file, lease in ms, handling time in ms; 'stubborn' for a handler that does not obey its token.
// Each line of the history: what happened, event id, attempt. "ready" says that it consumes.
var (connection, prefix, file) = (args[0], args[1], args[2]);
var lease = TimeSpan.FromMilliseconds(int.Parse(args[3], CultureInfo.InvariantCulture));
var work = TimeSpan.FromMilliseconds(int.Parse(args[4], CultureInfo.InvariantCulture));
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});

await using var history = new History(file);
var stubborn = args.Length > 5;
var services = new ServiceCollection();
services.AddLogging(logging => logging.AddProvider(new Refusals(history)));
services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(connection));
services.AddRedisTriggers(options =>
{
    options.KeyPrefix = prefix;
    options.LeaseDuration = lease;
    options.RenewalInterval = lease / 4;
    options.DrainTimeout = TimeSpan.FromSeconds(5);

    // Tests count what was processed.
    options.ProcessedLimit = 1_000_000;
}).AddHandler<Job>(async (context, token) =>
{
    history.Add("started", context.Id, context.Attempt);
    try
    {
        if (work > TimeSpan.Zero)
        {
            await Task.Delay(work, stubborn ? CancellationToken.None : token);
        }

        history.Add("handled", context.Id, context.Attempt);
    }
    catch (OperationCanceledException)
    {
        history.Add("cancelled", context.Id, context.Attempt);
        throw;
    }
});

await using var provider = services.BuildServiceProvider();
history.Add("ready", new EventId("-"), 0);
await provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);
history.Add("stopped", new EventId("-"), 0);
