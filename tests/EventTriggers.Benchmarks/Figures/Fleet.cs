using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Benchmarks.Figures;

/// <summary>Some producers, and some consumers that share their events, in one process, each with a connection of its own.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly List<Host> _consumers = [];
    private readonly List<Host> _producers = [];
    private Countdown _handled = new(int.MaxValue);

    /// <summary>Gets how long events took from the call that published them, where their payload says when that was.</summary>
    public Latencies Latencies { get; } = new();

    public static async Task<Fleet> StartAsync(
        Server server, string prefix, int partitions, int producers, int consumers, int groups = 1)
    {
        var fleet = new Fleet();
        for (var i = 0; i < consumers; i++)
        {
            fleet._consumers.Add((await fleet.CreateAsync(server, prefix, partitions, groups)).Start());
        }

        for (var i = 0; i < producers; i++)
        {
            fleet._producers.Add(await fleet.CreateAsync(server, prefix, partitions, groups));
        }

        // By then they have subscribed, and know of each other.
        await Task.Delay(2000);
        return fleet;
    }

    /// <summary>Publishes, and waits until everything is handled.</summary>
    /// <param name="events">How many events, by all producers together.</param>
    /// <param name="publish">Publishes so many of them with a producer.</param>
    /// <param name="groups">How many groups handle each event.</param>
    public async Task RunAsync(int events, Func<Host, int, Task> publish, int groups = 1)
    {
        var handled = new Countdown(events * groups);
        Volatile.Write(ref _handled, handled);
        await Task.WhenAll(_producers.Select(producer => publish(producer, events / _producers.Count)));
        await handled.Task;
    }

    /// <summary>Adds triggers that wait for the events, and that none of them matches.</summary>
    public Task AddTriggersAsync(int count) => Callers.RunAsync(256, count, n => _producers[0].Triggers.AddAsync(
        Trigger.On(Payload.TypeName).Matching($$"""{"text":["nobody-{{n}}"]}""").Publish(Payload.Of(0))).AsTask());

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _consumers.Concat(_producers))
        {
            await host.DisposeAsync();
        }
    }

    private void Handle(EventContext<Payload> context)
    {
        if (context.Event.Timestamp > 0)
        {
            Latencies.Add(context.Event.Timestamp);
        }

        Volatile.Read(ref _handled).Signal();
    }

    private Task<Host> CreateAsync(Server server, string prefix, int partitions, int groups) => Host.CreateAsync(
        server.ConnectionString,
        prefix,
        Handle,
        options =>
        {
            options.Partitions = partitions;
            options.Concurrency = Host.BestConcurrency;
        },
        builder =>
        {
            for (var n = 1; n < groups; n++)
            {
                builder.AddGroup($"group-{n}", group => group.AddHandler<Payload>((context, _) =>
                {
                    Handle(context);
                    return ValueTask.CompletedTask;
                }));
            }
        });
}
