using EventTriggers.Dashboard.Tests;
using EventTriggers.Tests;

namespace EventTriggers.Dashboard.Browser;

/// <summary>A dashboard of a bus whose orders fail until the test says otherwise.</summary>
internal sealed class ActionScene(RedisFixture redis)
{
    private volatile bool _fails = true;

    public bool Fails
    {
        get => _fails;
        set => _fails = value;
    }

    public Task<DashboardApp> StartAsync(Action<RedisTriggersOptions>? configure = null) => DashboardApp.StartAsync(
        redis,
        bus => bus.AddHandler<OrderPlaced>((_, _) => _fails ? throw new InvalidOperationException("the card was declined") : default)
            .AddHandler<Reminder>(static (_, _) => default),
        options: options =>
        {
            options.MaxAttempts = 1;
            options.RetryDelay = options.MaxRetryDelay = TimeSpan.FromMilliseconds(5);
            configure?.Invoke(options);
        });

    public static async Task DieAsync(DashboardApp app, params string[] ids)
    {
        await app.Bus.PublishManyAsync(
            [.. ids.Select(static id => EventToPublish.Of(new OrderPlaced(1), new PublishOptions { Id = id }))]);
        await Wait.UntilAsync(
            async () => (await app.Services.GetRequiredService<IEventStore>().CountAsync("default")).Dead == ids.Length, "they are dead");
    }

    public static async Task EndAsync(DashboardPage page)
    {
        (await page.ViolationsAsync()).Should().BeEmpty();
        page.Errors.Should().BeEmpty();
    }
}
