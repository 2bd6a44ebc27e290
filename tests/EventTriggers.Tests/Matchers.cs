using EventTriggers.Consuming.Execution;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests;

/// <summary>Makes what matches events with triggers, to be moved step by step by a test.</summary>
internal static class Matchers
{
    public static TriggerMatcher Of(TestHost host, IRetryPolicy? policy) => new(
        host.Keyspace, host.Services.GetRequiredService<TriggerWriter>(), host.Events,
        host.Services.GetRequiredService<SubscriptionWriter>(),
        new OutcomePolicy(policy, NullLogger.Instance),
        new TriggerErrorReporter(host.Keyspace, host.Log));

    public static TriggerMatcher Of(TestHost host) => Of(host, new Never());

    private sealed class Never : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => null;
    }
}
