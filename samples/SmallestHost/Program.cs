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
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

await provider.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced(42));
await provider.GetRequiredService<IConsumerLoop>().RunAsync(stop.Token);

internal sealed record OrderPlaced(int Number);
