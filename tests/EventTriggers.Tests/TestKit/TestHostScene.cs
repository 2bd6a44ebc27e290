using System.Collections.Concurrent;
using EventTriggers.Testing;

namespace EventTriggers.Tests.TestKit;

/// <summary>Hosts that handle reminders, and which of them came when.</summary>
internal sealed class TestHostScene
{
    public static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public ConcurrentQueue<(string What, TimeSpan At)> Seen { get; } = new();

    public static TimeSpan Minutes(int minutes) => TimeSpan.FromMinutes(minutes);

    public Task<EventTriggersTestHost> StartAsync(
        Action<IRedisTriggersBuilder>? build = null, EventTriggersTestHostOptions? options = null,
        Action<RedisTriggersOptions>? configure = null) =>
        EventTriggersTestHost.StartAsync(
            services =>
            {
                var builder = services.AddRedisTriggers(configure).AddHandler<Reminder>((context, _) => Note(context));
                build?.Invoke(builder);
            },
            options);

    public ValueTask Note(EventContext<Reminder> context)
    {
        Seen.Enqueue(($"reminder {context.Event.Number}", context.Services.GetRequiredService<TimeProvider>().GetUtcNow() - Begin));
        return default;
    }
}
