using EventTriggers.Events;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>What handlers need.</summary>
/// <param name="Scopes">Makes the scope of each handler.</param>
/// <param name="Serializer">Reads payloads.</param>
/// <param name="Events">Makes follow-up events.</param>
/// <param name="Leases">Extends the lease of a handler that asks for it.</param>
/// <param name="Time">The clock of leases and of <see cref="RedisTriggersOptions.HandlerTimeout"/>.</param>
/// <param name="Options">The host's options.</param>
internal sealed record HandlerServices(
    IServiceScopeFactory Scopes,
    IEventSerializer Serializer,
    OutgoingEvents Events,
    LeaseRenewer Leases,
    TimeProvider Time,
    RedisTriggersOptions Options);
