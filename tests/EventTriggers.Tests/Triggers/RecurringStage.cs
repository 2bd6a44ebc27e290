using EventTriggers.Triggers;
using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Triggers;

/// <summary>A host in fake time, and a consumer that is moved by hand.</summary>
internal sealed class RecurringStage : IAsyncDisposable
{
    public required TestHost Host { get; init; }

    public required ManualConsumer Consumer { get; init; }

    public required FakeTimeProvider Clock { get; init; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public static async Task<RecurringStage> CreateAsync(RedisFixture redis, DateTimeOffset? now = null)
    {
        var clock = Tests.Clock.At2030();
        if (now is { } start)
        {
            clock.SetUtcNow(start);
        }

        var host = TestHost.Create(redis, time: clock);
        var consumer = new ManualConsumer(host, concurrency: 1000);
        await consumer.SubscribeAsync("order.reminder");
        return new RecurringStage { Host = host, Consumer = consumer, Clock = clock };
    }

    public async Task<string> AddAsync(TriggerWhen when) => await Host.Triggers.AddAsync(when.Publish(new Reminder(1)));

    public async Task<TriggerRecord> FindAsync(string id) => (await Host.Triggers.FindAsync(id))!;

    public void MoveTo(DateTimeOffset at) => Clock.Advance(at - Now);

    public Task<long> AdvanceAsync() => Consumer.AdvanceAsync().AsTask();

    public async Task AdvanceAllAsync()
    {
        while (await Consumer.AdvanceAsync() is var next && next >= 0 && next <= Now.ToUnixTimeMilliseconds())
        {
        }
    }

    /// <summary>Claims what was raised since the last time, by due time.</summary>
    public async Task<IReadOnlyList<Firing>> FiredAsync() =>
        [
            .. (await Consumer.ClaimAllAsync()).Select(static lease => FiringJson.Read(lease.Delivery.Firing, lease.Delivery.Sources)!)
                .OrderBy(static firing => firing.DueAt),
        ];

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
