using EventTriggers.Consuming.Health;
using EventTriggers.Events;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Consuming.Execution;

/// <summary>What handlers need.</summary>
/// <param name="Scopes">Makes the scope of each handler.</param>
/// <param name="Serializer">Reads payloads.</param>
/// <param name="Types">Knows which payloads are old, and what makes current ones of them.</param>
/// <param name="Events">Makes follow-up events.</param>
/// <param name="Leases">Extends the lease of a handler that asks for it.</param>
/// <param name="Time">The clock of leases and of <see cref="RedisTriggersOptions.HandlerTimeout"/>.</param>
/// <param name="Options">The host's options.</param>
/// <param name="Stuck">Counts the handlers that run on although their time is over.</param>
internal sealed record HandlerServices(
    IServiceScopeFactory Scopes,
    IEventSerializer Serializer,
    EventTypes Types,
    OutgoingEvents Events,
    ILeaseConfirmation Leases,
    TimeProvider Time,
    RedisTriggersOptions Options,
    StuckHandlers Stuck);
