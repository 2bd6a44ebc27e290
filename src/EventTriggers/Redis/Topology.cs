using System.Net;
using EventTriggers.Consuming;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// Finds the servers of the keys. The client learns of a failover when a connection breaks or a server redirects it; a primary whose
/// machine hangs does neither. So a call without an answer for a second
/// makes this ask the other servers, and calls stop waiting for a server that was replaced.
/// </summary>
internal sealed class Topology(IConnectionMultiplexer connection, IReadOnlyCollection<RedisKey> keys, TimeProvider timeProvider)
{
    // How often it is checked what asking has changed: servers that answer do so at once.
    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _asking = Task.CompletedTask;

    /// <summary>Gets the time without an answer after which the servers are asked.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets a task that ends when asking shows that keys have moved.</summary>
    public Task Moved => Volatile.Read(ref _moved).Task;

    /// <summary>Starts asking, unless that is under way or there is only one server.</summary>
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

    /// <summary>Gets the server to which a call with a key goes, as far as the client knows, without asking a server.</summary>
    public EndPoint? PrimaryOf(RedisKey key)
    {
        try
        {
            return connection.GetServer(key, flags: CommandFlags.DemandMaster).EndPoint;
        }
        catch (Exception e) when (e is InvalidOperationException || RedisFailures.IsRedis(e))
        {
            // There is no such server at the moment. The client reports that by an exception that does not count as a failure of Redis.
            return null;
        }
    }

    // The client waits for the server that hangs as long as connecting may take, and follows the answers of the others at once.
    private async Task AskAsync()
    {
        var before = keys.Select(PrimaryOf).ToArray();
        var configuring = ConfigureAsync();
        while (true)
        {
            using var over = new CancellationTokenSource();
            var ended = await Task.WhenAny(
                configuring, SafeDelay.ForAsync(NextLook, timeProvider, over.Token)).ConfigureAwait(false) == configuring;
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
            // The calls that wait report it, and ask again.
        }
    }
}
