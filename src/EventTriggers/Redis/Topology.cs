using System.Net;
using EventTriggers.Consuming;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// Finds the servers of the keys. The client learns of a failover when a connection breaks or a server redirects it; a primary whose
/// machine hangs does neither. So a call without an answer for a second makes this ask the other servers, and calls stop waiting for a
/// server that was replaced.
/// </summary>
internal sealed class Topology(IConnectionMultiplexer connection, IReadOnlyCollection<RedisKey> keys, TimeProvider timeProvider)
{
    // How often it is checked what asking has changed: servers that answer do so at once.
    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(100);

    // How long a server has to answer what finds out whether calls reach it, and how often that is sent.
    private static readonly TimeSpan NextTry = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<RedisKey, Task<bool>> _tries = [];
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

    /// <summary>
    /// Tells whether a connection leads to the primary that has a key. The client sends calls for a primary that it does not reach to any
    /// other; that one redirects them, and they wait in the client for the primary to be back, even after their callers were told that
    /// nothing was done. So where a server is away, only the one that has the key by its own account counts.
    /// </summary>
    public bool IsConnected(RedisKey key) =>
        SelectedFor(key) is { IsConnected: true } server
        && (server.ServerType != ServerType.Cluster || Owns(server, key)
            || Array.TrueForAll(connection.GetServers(), static one => one.IsConnected));

    /// <summary>
    /// Finds out whether calls with a key reach a server that has it: after a failover the client does not know its new primary yet, but
    /// the other servers redirect to it.
    /// </summary>
    public Task<bool> LeadsToAsync(RedisKey key)
    {
        lock (_lock)
        {
            // One call serves all that wait for the same key.
            if (!_tries.TryGetValue(key, out var trying) || trying.IsCompleted)
            {
                _tries[key] = trying = TryAsync(key);
            }

            return trying;
        }
    }

    /// <summary>Gets the server to which a call with a key goes, as far as the client knows, without asking a server.</summary>
    public EndPoint? PrimaryOf(RedisKey key) => SelectedFor(key)?.EndPoint;

    // As far as it knows: it may have been told otherwise since, by a redirection.
    private static bool Owns(IServer server, RedisKey key) =>
        server.ClusterConfiguration is not { } configuration
        || configuration.GetBySlot(key)?.EndPoint?.Equals(server.EndPoint) == true;

    private IServer? SelectedFor(RedisKey key)
    {
        try
        {
            return connection.GetServer(key, flags: CommandFlags.DemandMaster);
        }
        catch (Exception e) when (e is InvalidOperationException || RedisFailures.IsRedis(e))
        {
            // There is no such server at the moment. The client reports that by an exception that does not count as a failure of Redis.
            return null;
        }
    }

    // The call changes nothing, so it may wait in the client for a server that is away, and run later.
    private async Task<bool> TryAsync(RedisKey key)
    {
        if (SelectedFor(key) is not { IsConnected: true })
        {
            return false;
        }

        var answer = connection.GetDatabase().KeyExistsAsync(key, CommandFlags.DemandMaster);
        await ((Task)answer).WaitAsync(NextTry, timeProvider).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompletedSuccessfully)
        {
            // So that the client knows the next time.
            Ask();
            return true;
        }

        RedisFailures.Forget(answer);

        // A server that refuses it answers other calls as well.
        return answer.Exception?.InnerException is RedisServerException;
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
