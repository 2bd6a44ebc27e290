using StackExchange.Redis;

namespace EventTriggers.DependencyInjection;

/// <summary>Which bus of a host uses which prefix of which connection: two that share one would share all events.</summary>
internal sealed class PrefixOwners
{
    private readonly Dictionary<(IConnectionMultiplexer Connection, string Prefix), string?> _owners = [];

    /// <exception cref="InvalidOperationException">Another bus of the host uses the prefix on the same connection.</exception>
    public void Claim(IConnectionMultiplexer connection, string prefix, string? bus)
    {
        lock (_owners)
        {
            if (!_owners.TryAdd((connection, prefix), bus) && _owners[(connection, prefix)] is var owner && owner != bus)
            {
                throw new InvalidOperationException(
                    $"{Describe(owner)} and {Describe(bus)} use the same prefix '{prefix}' on the same connection, and would share all "
                    + "events. Give one of them another KeyPrefix, or another connection with UseConnection.");
            }
        }
    }

    private static string Describe(string? bus) => bus is null ? "the default bus" : $"bus '{bus}'";
}
