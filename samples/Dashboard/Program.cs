using DashboardSample;
using EventTriggers;
using EventTriggers.Testing;
using StackExchange.Redis;

var builder = WebApplication.CreateBuilder(
    new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Development });

// Without a connection string (ConnectionStrings__redis=localhost:6379), a throwaway server is started: nothing has to be installed.
var redis = builder.Configuration.GetConnectionString("redis");
await using var server = string.IsNullOrEmpty(redis) ? await RedisTestServer.StartAsync() : null;
builder.Services.AddSingleton<IConnectionMultiplexer>(
    _ => ConnectionMultiplexer.Connect($"{(server is null ? redis : server.ConnectionString)},abortConnect=false"));

builder.Services.AddRedisTriggers(options =>
    {
        options.KeyPrefix = "shop";
        options.Group = "orders";
        (options.MaxAttempts, options.RetryDelay) = (3, TimeSpan.FromSeconds(2));
    })
    .AddHandler<OrderPlaced>(Shop.ConfirmAsync)
    .AddHandler<PaymentDeclined>(Shop.AskForAnotherCardAsync)
    .AddHandler<Reminder>(Shop.RemindAsync)
    .AddHandler<Report>(Shop.ReportAsync)
    .AddGroup("payments", static group => group.AddHandler<OrderPlaced>(Shop.PayAsync))
    .AddGroup("warehouse", static group => group.AddHandler<OrderPlaced>(Shop.PackAsync))
    .AddTrigger("nightly-report", Trigger.Cron("0 3 * * *", "Europe/Berlin").Tagged("reports").Publish(new Report("the day")))
    .AddTrigger("five-minute-report", Trigger.Every(TimeSpan.FromMinutes(5)).Tagged("reports").Publish(new Report("five minutes")))
    .AddTrigger("minute-report", Trigger.Cron("* * * * *").Tagged("reports", "noisy").Publish(new Report("a minute")))
    .AddTrigger(
        "many-declined-payments",
        Trigger.On("payment.declined").Count(5).Within(TimeSpan.FromMinutes(1)).AtMost(1, TimeSpan.FromMinutes(2))
            .Publish(new Report("declined payments")))
    .AddTrigger(
        "large-orders",
        Trigger.On("order.placed").Matching("""{"total":[{"numeric":[">",400]}]}""").Tagged("sales").Publish(new Reminder(0, "A large order")))
    .RunAsHostedService();
builder.Services.AddHostedService<Customers>();

var app = builder.Build();

// In Development it is open to a browser on this machine. Elsewhere: .RequireAuthorization("ops"), with a policy of the application.
app.MapEventTriggersDashboard("/triggers", static options => options.RedactedPaths.Add("card.number"));
app.MapGet("/", static () => Results.Redirect("triggers/"));

await app.RunAsync();
