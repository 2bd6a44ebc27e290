using System.Diagnostics;
using Aot;
using EventTriggers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

// A host that is compiled ahead of time: dotnet publish samples/Aot -c Release, and then samples/Aot/…/publish/Aot localhost:6379.
if (args is not [var server])
{
    Console.Error.WriteLine("Usage: Aot <connection string>");
    return 2;
}

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Configuration.AddInMemoryCollection([
    new("EventTriggers:KeyPrefix", $"aot-{Guid.NewGuid():N}"), new("EventTriggers:Groups:billing:Concurrency", "2"),
]);
builder.Services.AddSingleton<Orders>();
builder.Services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(server));
builder.Services.AddRedisTriggers(builder.Configuration.GetSection("EventTriggers"), OrderContext.Default)
    .AddHandler<OrderPlaced, Ship>()
    .AddGroup("billing", static group => group.AddHandler<OrderPlaced, Charge>())
    .AddHandler<PaymentDue, Remind>()
    .RunAsHostedService();
builder.Services.AddHealthChecks().AddEventTriggers();

using var host = builder.Build();
var orders = host.Services.GetRequiredService<Orders>();
await host.StartAsync();
Console.WriteLine($"started {Since(Process.GetCurrentProcess().StartTime):F0} ms after the process");

await host.Services.GetRequiredService<ITriggerStore>().AddAsync(
    Trigger.On<OrderPlaced>().Where(order => order.Total > 100).Publish(new PaymentDue("order-1")));
await host.Services.GetRequiredService<IEventBus>().PublishAsync(new OrderPlaced("order-1", 120));
await orders.Done.WaitAsync(TimeSpan.FromSeconds(30));
Console.WriteLine($"handled {Since(Process.GetCurrentProcess().StartTime):F0} ms after the process began");
await host.StopAsync();
Console.WriteLine($"{Environment.WorkingSet / 1024 / 1024} MiB of memory");
return 0;

static double Since(DateTime moment) => (DateTime.Now - moment).TotalMilliseconds;
