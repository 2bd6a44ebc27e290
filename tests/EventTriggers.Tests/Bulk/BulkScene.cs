using Microsoft.Extensions.Time.Testing;

namespace EventTriggers.Tests.Bulk;

/// <summary>A host whose clock stands still, and a consumer that advances its operations step by step.</summary>
internal static class BulkScene
{
    public static (TestHost Host, FakeTimeProvider Clock, ManualConsumer Consumer) Create(RedisFixture redis)
    {
        var clock = Clock.At2030();
        var host = TestHost.Create(redis, time: clock);
        return (host, clock, new ManualConsumer(host, concurrency: 10_000));
    }
}
