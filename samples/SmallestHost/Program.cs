using System.Runtime.InteropServices;
using EventTriggers;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

var services = new ServiceCollection();
services.AddSingleton<IConnectionMultiplexer>(ConnectionMultiplexer.Connect(args.FirstOrDefault() ?? "localhost"));
services.AddRedisTriggers(options => options.KeyPrefix = "shop")
    .AddHandler<OrderPlaced>((context, token) =>
    {
        Console.WriteLine($"Order {context.Event.Number} was placed.");
        return ValueTask.CompletedTask;
    });

await using var provider = services.BuildServiceProvider();
using var stop = new CancellationTokenSource();
Action<PosixSignalContext> drain = signal => { signal.Cancel = true; stop.Cancel(); };
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, drain);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, drain);

await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(42, 99.90m));
await provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);

internal sealed record OrderPlaced(int Number, decimal Total);
