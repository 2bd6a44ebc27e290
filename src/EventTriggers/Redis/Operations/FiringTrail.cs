using System.Text;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>What a raised event takes over from the one that a trigger matched, as add_trail() in _firing.lua reads it.</summary>
internal static class FiringTrail
{
    /// <summary>
    /// Writes which triggers lead to the raised event; where the matched one has a correlation id, headers or a key, those follow.
    /// </summary>
    public static RedisValue From(MatchedEvent matched, SubscribedTrigger trigger)
    {
        var (delivery, chain, key) = (matched.Delivery, matched.ChainThrough(trigger).ToString(), matched.KeyFor(trigger));
        if (key is null && delivery is { CorrelationId: null, Headers.Length: 0 })
        {
            return chain;
        }

        var correlation = Encoding.UTF8.GetBytes(delivery.CorrelationId ?? string.Empty);
        var head = Encoding.ASCII.GetBytes(FormattableString.Invariant($"{chain} {correlation.Length}{(key is null ? null : $":{key}")} "));
        return (byte[])[.. head, .. correlation, .. delivery.Headers];
    }
}
