using EventTriggers.Events;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>What handlers need: their scopes, and how payloads are read and follow-ups made.</summary>
internal sealed record HandlerServices(IServiceScopeFactory Scopes, IEventSerializer Serializer, OutgoingEvents Events, TimeProvider Time, RedisTriggersOptions Options)
{
    /// <summary>Gets or sets what renews a lease now; the consumer that runs sets it.</summary>
    public Func<Lease, CancellationToken, ValueTask>? ConfirmLease { get; set; }
}
