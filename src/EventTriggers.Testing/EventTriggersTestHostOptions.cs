using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Testing;

/// <summary>The settings of an <see cref="EventTriggersTestHost"/>.</summary>
public sealed class EventTriggersTestHostOptions
{
    /// <summary>Gets the connection to a server of your own. The host does not dispose it.</summary>
    /// <value>
    /// The default is <see langword="null"/>: <see cref="ConnectionString"/> decides. Cannot be combined with it. It needs no rights beyond
    /// those of the library, and <c>SCAN</c>, with which the host finds its keys to remove them.
    /// </value>
    public IConnectionMultiplexer? Connection { get; init; }

    /// <summary>Gets the connection string of a server of your own.</summary>
    /// <value>
    /// The default is <see langword="null"/>: a server of <see cref="RedisTestServer.StartAsync"/>, which all hosts of the process share.
    /// </value>
    public string? ConnectionString { get; init; }

    /// <summary>Gets the clock.</summary>
    /// <value>
    /// The default is <see langword="null"/>: the <see cref="FakeTimeProvider"/> that the services register as an instance; else a new one
    /// that shows 2030-01-01 00:00:00 UTC.
    /// </value>
    public FakeTimeProvider? Time { get; init; }

    /// <summary>Gets how long, in real time, a call waits for what should happen before it fails.</summary>
    /// <value>Positive. The default is 10 seconds.</value>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}
