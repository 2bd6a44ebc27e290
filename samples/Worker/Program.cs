using EventTriggers;
using EventTriggers.Testing;
using StackExchange.Redis;
using Worker;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
{
    Args = args,
    ContentRootPath = AppContext.BaseDirectory,
});

// Without a connection string (ConnectionStrings__redis=localhost:6379), a throwaway server is started: nothing has to be installed.
var redis = builder.Configuration.GetConnectionString("redis");
await using var server = string.IsNullOrEmpty(redis) ? await RedisTestServer.StartAsync() : null;
builder.Services.AddSingleton<IConnectionMultiplexer>(
    _ => ConnectionMultiplexer.Connect($"{(server is null ? redis : server.ConnectionString)},abortConnect=false"));

// Two groups: each gets every order once, and neither waits for the other. Their settings are in appsettings.json.
builder.Services.AddRedisTriggers(builder.Configuration.GetSection("EventTriggers"))
    .AddHandler<OrderPlaced, SendConfirmation>()
    .AddGroup("billing", static group => group.AddHandler<OrderPlaced, ChargeCard>())
    .AddTrigger("orders", Trigger.Every(TimeSpan.FromSeconds(1)).Publish(new OrderPlaced("from a schedule")))
    .RunAsHostedService();

await builder.Build().RunAsync();
