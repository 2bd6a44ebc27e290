using System.Net;
using EventTriggers.Diagnostics.Telemetry;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>Finds out to which server a connection leads.</summary>
internal static class ServerAddresses
{
    /// <summary>Gets the first server of a connection's configuration.</summary>
    public static ServerAddress Find(IConnectionMultiplexer connection)
    {
        try
        {
            return connection.GetEndPoints(configuredOnly: true).FirstOrDefault() switch
            {
                DnsEndPoint dns => new ServerAddress(dns.Host, dns.Port),
                IPEndPoint ip => new ServerAddress(ip.Address.ToString(), ip.Port),
                { } other => new ServerAddress(other.ToString(), null),
                null => ServerAddress.None,
            };
        }
        catch (ObjectDisposedException)
        {
            // The host has closed its connection: whatever is called next says so.
            return ServerAddress.None;
        }
    }
}
