using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Worker;

/// <summary>
/// A host. Arguments are name=value: connection, prefix, history (a file), lease and work (ms), stubborn=1 for a handler that does not obey
/// its token, partitions, doubt=Cancel or Continue, order (how many of a key
/// at a time), limit (starts a second, with burst), gate (a file: consuming begins when it is there), types (the wire names that it
/// handles, separated by commas; test.job unless they are given), groups (further groups, separated by commas, which handle the same),
/// handlers=three (see <see cref="ThreeHandlers"/>) or batch (of size events, see <see cref="BatchOfJobs"/>) or keys (the
/// same with a key each);
/// do=consume (until it is to stop) or host (the same as a hosted service, with shutdown in ms), or once publish | cancel | reschedule
/// of id, or flood with so many events.
/// </summary>
internal sealed class WorkerHost(IEnumerable<string> arguments)
{
    private readonly Dictionary<string, string> _given = arguments.Select(static argument => argument.Split('=', 2))
        .ToDictionary(static pair => pair[0], static pair => pair[1]);

    public async Task RunAsync(CancellationToken stop)
    {
        await using var history = new History(_given["history"]);
        if (_given.GetValueOrDefault("do") == "host")
        {
            await RunHostAsync(history);
            return;
        }

        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new OutcomeLog(history)));
        await AddAsync(services, history);
        await using var provider = services.BuildServiceProvider();
        var bus = provider.GetRequiredService<IEventBus>();
        var triggers = provider.GetRequiredService<ITriggerStore>();
        history.Add("ready");
        switch (_given.GetValueOrDefault("do", "consume"))
        {
            case "consume":
                while (_given.TryGetValue("gate", out var gate) && !File.Exists(gate))
                {
                    await Task.Delay(10, stop);
                }

                await provider.GetRequiredService<IConsumerLoop>().RunAsync(stop);
                break;
            case "publish":
                await bus.PublishAsync(new Job(0), new PublishOptions { Id = _given["id"] }, CancellationToken.None);
                break;
            case "flood":
                await Flood.RunAsync(bus, Number("events", 0), history);
                break;
            case "cancel":
                history.Add((await triggers.CancelAsync(_given["id"], CancellationToken.None)).ToString(), _given["id"]);
                break;
            case "reschedule":
                history.Add(
                    (await triggers.RescheduleAsync(_given["id"], DateTimeOffset.UnixEpoch, CancellationToken.None))
                        .ToString(), _given["id"]);
                break;
            default:
                throw new ArgumentException($"do={_given["do"]} is unknown.");
        }

        history.Add("stopped");
    }

    // A generic host, which hears SIGTERM itself.
    private async Task RunHostAsync(History history)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(new OutcomeLog(history));
        builder.Services.Configure<HostOptions>(
            options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(Number("shutdown", 30_000)));
        (await AddAsync(builder.Services, history)).RunAsHostedService();
        using var host = builder.Build();
        await host.StartAsync();
        history.Add("ready");
        await host.WaitForShutdownAsync();
        history.Add("stopped");
    }

    private async Task<IRedisTriggersBuilder> AddAsync(IServiceCollection services, History history)
    {
        var connection = ConfigurationOptions.Parse(_given["connection"]);
        (connection.AbortOnConnectFail, connection.HeartbeatInterval) = (false, TimeSpan.FromMilliseconds(250));
        services.AddSingleton<IConnectionMultiplexer>(await ConnectionMultiplexer.ConnectAsync(connection));
        var builder = services.AddRedisTriggers(Configure);
        if (_given.GetValueOrDefault("handlers") == "three")
        {
            ThreeHandlers.Add(builder, history, Number("work", 0));
            return builder;
        }

        if (_given.GetValueOrDefault("handlers") == "batch")
        {
            BatchOfJobs.Add(builder, history, Number("work", 0), Number("size", 100));
            return builder;
        }

        if (_given.GetValueOrDefault("handlers") == "keys")
        {
            BatchOfJobs.AddByKey(builder, history, Number("work", 0), Number("size", 100));
            return builder;
        }

        foreach (var group in _given.GetValueOrDefault("groups", string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            builder.AddGroup(group, one => one.AddHandler<Job>((context, token) => HandleAsync(context, history, token)));
        }

        foreach (var type in _given.GetValueOrDefault("types", "test.job").Split(','))
        {
            builder.AddHandler<Job>((context, token) => HandleAsync(context, history, token), type);
        }

        return builder;
    }

    private static int Recurse(object context) => 1 + Recurse(new object[] { context });

    // What happens in another group than the default one is marked with its name.
    private static string In(EventContext context, string what) => context.Group == "default" ? what : $"{what}@{context.Group}";

    private int Number(string name, int otherwise) =>
        _given.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private void Configure(RedisTriggersOptions options)
    {
        options.KeyPrefix = _given["prefix"];
        options.MaxPendingPublishBytes = Number("pending", options.MaxPendingPublishBytes);
        options.Partitions = Number("partitions", 1);
        options.LeaseDuration = TimeSpan.FromMilliseconds(Number("lease", 20_000));
        options.RenewalInterval = options.LeaseDuration / 4;
        options.WhenLeaseIsInDoubt = Enum.Parse<LeaseDoubt>(_given.GetValueOrDefault("doubt", nameof(LeaseDoubt.Continue)));
        options.Concurrency = Number("concurrency", 32);
        options.DrainTimeout = TimeSpan.FromMilliseconds(Number("drain", 5000));
        options.MaxRetryDelay = options.RetryDelay = TimeSpan.FromMilliseconds(100);

        if (Number("order", 0) is > 0 and var places)
        {
            options.Groups[options.Group] = new GroupOptions { ConcurrencyPerKey = places };
        }

        if (Number("limit", 0) is > 0 and var limit)
        {
            options.Groups[options.Group] = new GroupOptions
            {
                Limits = { ["jobs"] = new LimitOptions { Count = limit, Burst = Number("burst", 10) } },
            };
        }

        // Tests count what was processed.
        options.ProcessedLimit = 1_000_000;
    }

    private async ValueTask HandleAsync(EventContext<Job> context, History history, CancellationToken token)
    {
        history.Add(In(context, "started"), context.Id, context.Attempt);
        try
        {
            await Task.Delay(
                context.Event.Fate == "quick" ? 0 : Number("work", 0), Number("stubborn", 0) == 1 ? CancellationToken.None : token);
            switch (context.Event.Fate)
            {
                case "fail":
                    throw new InvalidOperationException("This job fails.");
                case "later":
                    throw new RetryLaterException(TimeSpan.FromMilliseconds(Number("later", 4000)), limit: "jobs");
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

            history.Add(In(context, "handled"), context.Id, context.Attempt);
        }
        catch (OperationCanceledException)
        {
            history.Add(In(context, "cancelled"), context.Id, context.Attempt);
            throw;
        }
    }
}
