using EventTriggers;
using EventTriggers.Testing;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using StackExchange.Redis;
using WebApi;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

// Without a connection string (ConnectionStrings__redis=localhost:6379), a throwaway server is started: nothing has to be installed.
var redis = builder.Configuration.GetConnectionString("redis");
await using var server = string.IsNullOrEmpty(redis) ? await RedisTestServer.StartAsync() : null;
builder.Services.AddSingleton<IConnectionMultiplexer>(
    _ => ConnectionMultiplexer.Connect($"{(server is null ? redis : server.ConnectionString)},abortConnect=false"));
builder.Services.AddRedisTriggers(builder.Configuration.GetSection("EventTriggers"))
    .AddHandler<OrderPlaced>(static (context, _) =>
    {
        Console.WriteLine($"handled order {context.Event.Number}");
        return ValueTask.CompletedTask;
    })
    .AddHandler<Reminder>(static (context, _) =>
    {
        Console.WriteLine($"reminded of order {context.Event.Number}");
        return ValueTask.CompletedTask;
    })
    .RunAsHostedService();
builder.Services.AddHealthChecks().AddEventTriggers(tags: ["ready"]).AddEventTriggersLiveness(tags: ["live"]);

// Telemetry:Exporter is none, console, or otlp (which takes its address from OTEL_EXPORTER_OTLP_ENDPOINT).
var exporter = builder.Configuration["Telemetry:Exporter"];
builder.Services.AddOpenTelemetry()
    .WithTracing(tracing =>
    {
        tracing.AddSource("EventTriggers");
        _ = exporter switch { "console" => tracing.AddConsoleExporter(), "otlp" => tracing.AddOtlpExporter(), _ => tracing };
    })
    .WithMetrics(metrics =>
    {
        metrics.AddMeter("EventTriggers");
        _ = exporter == "otlp" ? metrics.AddOtlpExporter() : metrics;
    });

var app = builder.Build();

app.MapPost("/orders", async (OrderPlaced order, IEventBus bus, CancellationToken stop) =>
    await bus.PublishAsync(order, cancellationToken: stop));

app.MapPost("/reminders", async (Reminder reminder, int seconds, ITriggerStore triggers, CancellationToken stop) =>
    Results.Accepted(
        value: await triggers.AddAsync(
            Trigger.After(TimeSpan.FromSeconds(seconds)).Publish(reminder).WithId($"remind-{reminder.Number}"), stop)));

app.MapDelete("/reminders/{number:int}", async (int number, ITriggerStore triggers, CancellationToken stop) =>
    (await triggers.CancelAsync($"remind-{number}", stop)).ToString());

app.MapGet("/triggers", (ITriggerStore triggers, CancellationToken stop) => triggers.QueryAsync(new TriggerQuery(), stop));

app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static check => check.Tags.Contains("live") });
app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = static check => check.Tags.Contains("ready") });

await app.RunAsync();
