using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace EventTriggers.Tool.Connecting;

/// <summary>Which bus is meant.</summary>
internal sealed class BusSettings
{
    public required ConfigurationOptions Server { get; init; }

    public required string Prefix { get; init; }

    /// <summary>Gets the number of partitions; <see langword="null"/> where what is stored decides.</summary>
    public required int? Partitions { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>Gets the addresses, without anything secret.</summary>
    public string Address => string.Join(',', Server.EndPoints.Select(AddressOf));

    private static string? AddressOf(EndPoint address) => address is DnsEndPoint { Host: var host, Port: var port }
        ? string.Create(CultureInfo.InvariantCulture, $"{host}:{port}")
        : address.ToString();
}
