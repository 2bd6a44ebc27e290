using System.Text;
using System.Text.Json;
using EventTriggers.Dashboard.Tests;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Browser;

/// <summary>
/// A dashboard of a bus that has something of everything, hostile texts among them. It stands still: what a page shows is known.
/// </summary>
public sealed class Stage(RedisFixture redis, Chromium chromium) : IAsyncLifetime
{
    public const string HostileEvent = "hostile/1";
    public const string LargeEvent = "large/1";
    public const string RaisedEvent = "watch-orders/=plain/1";

    private readonly Dictionary<int, DashboardPage> _windows = [];
    private DashboardApp _app = null!;

    public string Address => _app.Address;

    public IServiceProvider Services => _app.Services;

    public async ValueTask InitializeAsync()
    {
        _app = await DashboardApp.StartAsync(redis, Build, options: static options =>
        {
            options.MaxAttempts = 2;
            options.RetryDelay = options.MaxRetryDelay = TimeSpan.FromMilliseconds(5);
            options.Groups["ordered"] = new GroupOptions { ConcurrencyPerKey = 1, OnDead = DeadLetters.Hold };
        });
        await AddTriggersAsync();
        await PublishAsync();
        await PublishKeysAsync();
        var groups = Services.GetRequiredService<IGroupStore>();
        var reason = $"{Names.Chinese} {Names.Turned.Replace("\0", string.Empty, StringComparison.Ordinal)}";
        await groups.PauseAsync("billing", new PauseOptions { By = $"Ada {Names.Markup}", Reason = reason });
        for (var number = 0; number < 3; number++)
        {
            await _app.Bus.PublishAsync(new Reminder(number), new PublishOptions { Id = $"waiting/{number}" });
        }

        await Services.GetRequiredService<IRateLimitStore>().SetAsync(
            Names.LongGroup, new LimitOptions { Count = 1_000_000, Per = TimeSpan.FromDays(30) }, by: reason);
        var audit = Services.GetRequiredService<IAuditStore>();
        await audit.AddAsync(new AuditEntry
        {
            Action = "pause group", Target = "billing", By = Names.Chinese, Outcome = "Done", Details = Names.Markup,
        });
    }

    /// <summary>Goes to a page in the window of the given width, which stays open.</summary>
    public async Task<DashboardPage> ShowAsync(string address, int width)
    {
        if (!_windows.TryGetValue(width, out var window))
        {
            window = _windows[width] = await chromium.OpenAsync(Address, width: width);
        }

        window.Errors.Clear();
        await window.GoAsync(address);
        return window;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var window in _windows.Values)
        {
            await window.DisposeAsync();
        }

        await _app.DisposeAsync();
    }

    [EventType("order.invoiced")]
    private sealed record Invoiced(int Number);

    private static void Build(IRedisTriggersBuilder bus) => bus
        .AddHandler<OrderPlaced>(static (context, _) => context.Event.Number < 0
            ? throw new InvalidOperationException($"{Names.Chinese} {Names.Markup} {Names.Turned}") : default)
        .AddGroup("billing", static group => group
            .Limit(Names.LongGroup, 900, per: TimeSpan.FromSeconds(1)).Limit(500, per: TimeSpan.FromSeconds(1))
            .AddHandler<Reminder>(static (_, _) => default))
        .AddGroup("ordered", static group => group.AddHandler<Invoiced>(static async (context, stop) =>
        {
            if (context.Event.Number < 0)
            {
                throw new InvalidOperationException("the card was declined");
            }

            // The turn of the key lasts as long as the stage stands.
            await Task.Delay(Timeout.Infinite, stop);
        }))
        .AddGroup(Names.LongGroup, static group => group.AddBatchHandler<OrderPlaced>(
            static (_, _) => default, static options => options.MaxWait = TimeSpan.FromMilliseconds(10)));

    private async Task AddTriggersAsync()
    {
        var triggers = Services.GetRequiredService<ITriggerStore>();
        await triggers.AddAsync(
            Trigger.Cron("30 3 * * MON-FRI", "Europe/Berlin").WithId("nightly").Tagged("reports").Publish(new Reminder(1)));
        await triggers.AddAsync(Trigger.Every(TimeSpan.FromMinutes(20)).WithId("often").Publish(new Reminder(2)));
        await triggers.AddAsync(Trigger.Cron("* * * * *").WithId("minutely").Tagged("reports", "noisy").Publish(new Reminder(2)));
        await triggers.AddAsync(Trigger.After(TimeSpan.FromHours(5)).WithId(Names.LongTrigger).Tagged("long").Publish(new Reminder(3)));
        await triggers.AddAsync(
            Trigger.On("order.placed").Matching("""{"number":[{"numeric":[">=",1,"<",1000]}],"country":["DE","AT"]}""")
                .WithId("watch-orders").Publish(new Reminder(4)));
        await triggers.AddAsync(
            Trigger.On("order.placed").Count(3).Within(TimeSpan.FromMinutes(10)).Per("country").WithId("many-orders")
                .Publish(new Reminder(5)));
        await triggers.AddAsync(Trigger.After(TimeSpan.FromDays(2)).WithId("paused-one").Publish(new Reminder(6)));
        await triggers.PauseAsync("paused-one");
        await triggers.FireNowAsync("nightly");
        await triggers.FireNowAsync("minutely");
    }

    // Keys that wait behind a dead letter, and one of which many wait.
    private async Task PublishKeysAsync()
    {
        (string Key, int First, int Count)[] all = [("order-7", -1, 3), (Names.LongKey, -2, 12), ("hot", 1, 1200), ("order-8", 2, 2)];
        foreach (var (key, first, count) in all)
        {
            await _app.Bus.PublishManyAsync(
                [.. Enumerable.Range(0, count).Select(n => new Invoiced(n == 0 ? first : 1))], new PublishOptions { Key = key });
        }

        var events = Services.GetRequiredService<IEventStore>();
        await Wait.UntilAsync(
            async () => await events.CountAsync("ordered") is { Dead: 2, Leased: 2, Waiting: 1213 }, "the others wait");
    }

    private async Task PublishAsync()
    {
        var events = Services.GetRequiredService<IEventStore>();
        await _app.Bus.PublishAsync(
            new OrderPlaced(7), new PublishOptions
            {
                Id = "plain/1", CorrelationId = "customer-7",
                Headers = new Dictionary<string, string> { ["tenant"] = "north", ["authorization"] = "secret" },
            });
        await _app.Bus.PublishRawAsync(
            "order.placed", Hostile(), new PublishOptions
            {
                Id = HostileEvent, CorrelationId = Names.Chinese,
                Headers = new Dictionary<string, string> { [Names.Markup] = Names.Turned, ["x-lang"] = Names.Chinese },
            });
        await _app.Bus.PublishRawAsync(
            Names.LongType, Encoding.UTF8.GetBytes($$"""{"text":"{{new string('ä', 100_000)}}"}"""), new PublishOptions { Id = LargeEvent });
        for (var number = 1; number <= 20; number++)
        {
            await _app.Bus.PublishAsync(new OrderPlaced(-number), new PublishOptions { Id = $"failing/{number}" });
        }

        await Wait.UntilAsync(
            async () => (await events.CountAsync("default")) is { Dead: 21, Ready: 0, Leased: 0, Delayed: 0 }, "what fails is dead");
        await Wait.UntilAsync(async () => await events.FindAsync(RaisedEvent) is { } raised
            && raised.Deliveries.All(static one => one.Status == DeliveryStatus.Processed), "the raised event is processed");
    }

    // Invalid surrogates are valid JSON where they are escaped.
    private static byte[] Hostile() => Encoding.UTF8.GetBytes(
        $$"""
        {"number":-99,"markup":{{JsonSerializer.Serialize(Names.Markup)}},"turned":{{JsonSerializer.Serialize(Names.Turned)}},
        {{JsonSerializer.Serialize(Names.Markup + "member")}}:[1.50,12345678901234567890,null,true],"half":"\ud800 and \udc00",
        "chinese":"{{Names.Chinese}}","deep":{"a":{"b":{"c":{"d":[[],{},""]} } } },"__proto__":{"polluted":1},
        "large":"{{new string('€', 20_000)}}"}
        """);
}
