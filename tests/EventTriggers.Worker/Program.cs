using System.Globalization;
using System.Runtime.InteropServices;
using EventTriggers;
using EventTriggers.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using EventId = EventTriggers.EventId;

// A host in a process of its own, for tests that kill or stop processes. Arguments are name=value:
// connection, prefix, history (a file), lease and work (ms), stubborn=1 for a handler that does not obey its token, partitions;
// do=consume (until SIGTERM), or once publish | cancel | reschedule of id, or flood with so many events.
var given = args.Select(static arg => arg.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);
int Number(string name, int otherwise) => given.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
var lease = TimeSpan.FromMilliseconds(Number("lease", 20_000));
var work = TimeSpan.FromMilliseconds(Number("work", 0));
var isStubborn = Number("stubborn", 0) == 1;

using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});

await using var history = new History(given["history"]);
var connection = ConfigurationOptions.Parse(given["connection"]);
(connection.AbortOnConnectFail, connection.HeartbeatInterval) = (false, TimeSpan.FromMilliseconds(250));
var services = new ServiceCollection();
services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new OutcomeLog(history)));
services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(connection));
services.AddRedisTriggers(options =>
{
    options.KeyPrefix = given["prefix"];
    options.MaxPendingPublishBytes = Number("pending", options.MaxPendingPublishBytes);
    options.Partitions = Number("partitions", 1);
    options.LeaseDuration = lease;
    options.RenewalInterval = lease / 4;
    options.Concurrency = Number("concurrency", 32);
    options.DrainTimeout = TimeSpan.FromMilliseconds(Number("drain", 5000));
    options.MaxRetryDelay = options.RetryDelay = TimeSpan.FromMilliseconds(100);

    // Tests count what was processed.
    options.ProcessedLimit = 1_000_000;
}).AddHandler<Job>(HandleAsync);

await using var provider = services.BuildServiceProvider();
var bus = provider.GetRequiredService<IEventBus>();
var triggers = provider.GetRequiredService<ITriggerStore>();
history.Add("ready");
switch (given.GetValueOrDefault("do", "consume"))
{
    case "consume":
        await provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);
        break;
    case "publish":
        await bus.PublishAsync(new Job(0), new PublishOptions { Id = new EventId(given["id"]) });
        break;
    case "flood":
        await Flood.RunAsync(bus, Number("events", 0), history);
        break;
    case "cancel":
        history.Add((await triggers.CancelAsync(new TriggerId(given["id"]))).ToString(), given["id"]);
        break;
    case "reschedule":
        history.Add((await triggers.RescheduleAsync(new TriggerId(given["id"]), DateTimeOffset.UnixEpoch)).ToString(), given["id"]);
        break;
    default:
        throw new ArgumentException($"do={given["do"]} is unknown.");
}

history.Add("stopped");

async ValueTask HandleAsync(EventContext<Job> context, CancellationToken token)
{
    history.Add("started", context.Id.Value, context.Attempt);
    try
    {
        await Task.Delay(work, isStubborn ? CancellationToken.None : token);
        switch (context.Event.Fate)
        {
            case "fail":
                throw new InvalidOperationException("This job fails.");
            case "block":
                Thread.Sleep(Number("block", 0));
                break;
            case "die":
                Environment.FailFast("This job kills its process.");
                break;
            case "overflow":
                Recurse(context);
                break;
        }

        history.Add("handled", context.Id.Value, context.Attempt);
    }
    catch (OperationCanceledException)
    {
        history.Add("cancelled", context.Id.Value, context.Attempt);
        throw;
    }
}

static int Recurse(object context) => 1 + Recurse(new object[] { context });
