using System.Net;
using EventTriggers.Consuming;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// Where the keys are. The client learns of a failover when a connection breaks or a server points elsewhere; a primary whose machine hangs does neither. So a call that has no answer for a second
/// makes this ask the other servers, and what waits for one that was replaced waits no longer.
/// </summary>
internal sealed class Topology(IConnectionMultiplexer connection, IReadOnlyCollection<RedisKey> keys, TimeProvider timeProvider)
{
    // Between two looks at what asking has changed: the servers that answer do so at once.
    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _asking = Task.CompletedTask;

    /// <summary>Gets after which time without an answer the servers are asked.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets what ends when asking shows that keys have moved.</summary>
    public Task Moved => Volatile.Read(ref _moved).Task;

    /// <summary>Asks, unless that is under way, or there is only one server to ask. Nobody waits for it.</summary>
    public void Ask()
    {
        lock (_lock)
        {
            if (_asking.IsCompleted && connection.GetServers().Length > 1)
            {
                _asking = AskAsync();
            }
        }
    }

    /// <summary>Gets the server that a call about a key goes to, as far as the client knows; it asks nobody.</summary>
    public EndPoint? PrimaryOf(RedisKey key)
    {
        try
        {
            return connection.GetServer(key, flags: CommandFlags.DemandMaster).EndPoint;
        }
        catch (Exception e) when (e is InvalidOperationException || RedisFailures.IsRedis(e))
        {
            // There is none at the moment. The client says so with an exception that no caller takes for a failure of Redis.
            return null;
        }
    }

    // The client waits for the one that hangs for as long as connecting may take. What the others say it heeds at once.
    private async Task AskAsync()
    {
        var before = keys.Select(PrimaryOf).ToArray();
        var configuring = ConfigureAsync();
        while (true)
        {
            using var over = new CancellationTokenSource();
            var ended = await Task.WhenAny(configuring, SafeDelay.ForAsync(NextLook, timeProvider, over.Token)).ConfigureAwait(false) == configuring;
            await over.CancelAsync().ConfigureAwait(false);
            var now = keys.Select(PrimaryOf).ToArray();
            if (!now.SequenceEqual(before))
            {
                before = now;
                Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            if (ended)
            {
                return;
            }
        }
    }

    private async Task ConfigureAsync()
    {
        try
        {
            await connection.ConfigureAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) || e is ObjectDisposedException)
        {
            // The calls that wait tell; it is asked again while they do.
        }
    }
}
