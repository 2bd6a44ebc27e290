using System.Collections.Concurrent;
using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Redis.Publishing;

/// <summary>
/// Warns about types that this process publishes and that no group takes for a while, which is mostly due to a wrong wire name.
/// </summary>
internal sealed class UnroutedTypeMonitor(Keyspace keyspace, TimeProvider timeProvider, ILogger logger) : IAsyncDisposable, IDisposable
{
    // A publisher may make up types without end; the first ones say enough.
    private const int Most = 100;

    // Long enough for a deployment to start the hosts that handle them.
    private static readonly TimeSpan While = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Untaken> _types = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _looking = Task.CompletedTask;

    /// <summary>Notes types that no group and no trigger takes, as publish.lua reports them.</summary>
    public void Note(Partition partition, IReadOnlyCollection<string> types)
    {
        foreach (var type in types)
        {
            if (!_types.ContainsKey(type) && _types.Count < Most && _types.TryAdd(
                type, new Untaken(partition, timeProvider.GetTimestamp())))
            {
                Look();
            }
        }
    }

    public void Dispose() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _looking.ConfigureAwait(false);
    }

    // One loop at a time, and none while every type is taken.
    private void Look()
    {
        lock (_lock)
        {
            if (_looking.IsCompleted && !_stop.IsCancellationRequested)
            {
                _looking = LookAsync();
            }
        }
    }

    private async Task LookAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(While, timeProvider, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (type, untaken) in _types)
            {
                await LookAsync(type, untaken).ConfigureAwait(false);
            }

            lock (_lock)
            {
                if (_types.IsEmpty)
                {
                    _looking = Task.CompletedTask;
                    return;
                }
            }
        }
    }

    private async ValueTask LookAsync(string type, Untaken untaken)
    {
        if (_stop.IsCancellationRequested || timeProvider.GetElapsedTime(untaken.Since) < While)
        {
            return;
        }

        try
        {
            var keys = untaken.Partition.Keys;
            var groups = await keyspace.Database.SetMembersAsync(keys.Routes(type), CommandFlags.DemandMaster).ConfigureAwait(false);
            if (groups.Length > 0)
            {
                _types.TryRemove(type, out _);
            }
            else if (!untaken.IsTold)
            {
                untaken.IsTold = true;
                logger.TypeUnrouted(type, While);
            }
        }
        catch (Exception e) when (RedisFailures.IsRedis(e))
        {
            // Publishers get the failure; this looks again in a minute.
        }
    }

    private sealed class Untaken(Partition partition, long since)
    {
        public Partition Partition => partition;

        public long Since => since;

        public bool IsTold { get; set; }
    }
}
