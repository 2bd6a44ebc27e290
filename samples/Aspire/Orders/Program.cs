using EventTriggers;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using OpenTelemetry;
using Orders;

var builder = WebApplication.CreateBuilder(args);

// Each takes the connection string that the app host gives to this service under the name of the resource.
builder.AddRedisClient("cache");
builder.AddKeyedRedisClient("audit");

// The default bus uses the first connection, and a keyed bus the one with its key.
builder.Services.AddRedisTriggers(static options => options.KeyPrefix = "orders")
    .AddHandler<OrderPlaced>(static async (context, stop) =>
    {
        Console.WriteLine($"handled order {context.Event.Number}");
        var audit = context.Services.GetRequiredKeyedService<IEventBus>("audit");
        await audit.PublishAsync(context.Event, new PublishOptions { Id = $"audit-{context.Id}" }, stop);
    })
    .RunAsHostedService();
builder.Services.AddKeyedRedisTriggers("audit", static options => options.KeyPrefix = "audit")
    .AddHandler<OrderPlaced>(static (context, _) =>
    {
        Console.WriteLine($"noted order {context.Event.Number}");
        return ValueTask.CompletedTask;
    });
builder.Services.AddHealthChecks()
    .AddEventTriggers(tags: ["ready"]).AddEventTriggersLiveness(tags: ["live"])
    .AddEventTriggers(serviceKey: "audit", tags: ["ready"]).AddEventTriggersLiveness(serviceKey: "audit", tags: ["live"]);

// The app host says where its dashboard listens.
var telemetry = builder.Services.AddOpenTelemetry()
    .WithTracing(static tracing => tracing.AddSource("EventTriggers"))
    .WithMetrics(static metrics => metrics.AddMeter("EventTriggers"));
if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
{
    telemetry.UseOtlpExporter();
}

var app = builder.Build();

app.MapPost("/orders", async (OrderPlaced order, IEventBus bus, CancellationToken stop) =>
    await bus.PublishAsync(order, cancellationToken: stop));

app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static check => check.Tags.Contains("live") });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains("ready") });

await app.RunAsync();
