using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>One run of the consumer loop, from its first claim to the end of its drain: the groups and their workers, and a <see cref="PartitionSession"/> for each partition.</summary>
internal sealed class ConsumerSession : IDisposable
{
    // Matching is a few round trips and little CPU; so many fill the calls that show events to triggers over time.
    private const int MatcherConcurrency = 64;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    // A server that is away must not hold up a stop for longer: what a claim that is under way then still brings ends with its lease.
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(1);

    private readonly Keyspace _keyspace;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ConsumerGroup[] _groups;
    private readonly WorkerPool[] _workers;
    private readonly PartitionSession[] _partitions;
    private readonly DeliveryExecutor _passage;
    private readonly PreciseTimer _alarm = new();
    private readonly IReadOnlyCollection<string> _types;

    public ConsumerSession(Keyspace keyspace, SessionServices runners, TimeProvider timeProvider, ILogger logger)
    {
        var options = keyspace.Options;
        (_keyspace, _timeProvider, _logger, _types) = (keyspace, timeProvider, logger, runners.Types);
        _groups =
        [
            new ConsumerGroup(options.Group, options.Concurrency, runners.Handlers, options.Partitions),
            new ConsumerGroup(TriggerMatcher.Group, MatcherConcurrency, runners.Triggers, options.Partitions),
        ];
        _passage = new DeliveryExecutor(keyspace, Settle, timeProvider, logger);
        _workers = [.. _groups.Select(group => new WorkerPool(group.Concurrency, lease => _passage.RunAsync(group, lease)))];
        foreach (var (group, workers) in _groups.Zip(_workers))
        {
            (group.Freed, group.Claimed) = (RingHungry, workers.Post);
        }

        runners.Services.ConfirmLease = (lease, token) => _partitions![lease.Partition.Index].ConfirmAsync(lease, token);
        var wakeup = new SessionContext(new Lazy<string>(NewName), _alarm, Redeclare);
        _partitions = [.. keyspace.Partitions.Select(partition => new PartitionSession(keyspace, partition, _groups, runners, wakeup, timeProvider, logger))];
    }

    /// <exception cref="InvalidOperationException">A server cannot be worked with, or the prefix is in use with another number of partitions or another schema; everything else was drained.</exception>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var options = _keyspace.Options;
        _logger.ConsumerStarted(options.Group, options.KeyPrefix, options.Partitions, options.Concurrency, _types.Count);
        _logger.TypesTaken(options.Group, string.Join(", ", _types.Order(StringComparer.Ordinal)));
        using var drained = new CancellationTokenSource();
        using var pool = new ThreadPoolMonitor(_groups.Sum(static group => group.Concurrency), () => _groups.Any(static group => group.IsBusy), _logger);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var closing = stopping.Token.UnsafeRegister(static passage => ((DeliveryExecutor)passage!).Close(), _passage);
        using var interruptions = new ClientConnection(_keyspace.Connection).OnInterrupted(OnInterrupted);
        var runs = Array.ConvertAll(_partitions, partition => RunAsync(partition, stopping, drained.Token));
        await Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await DrainAsync(Task.WhenAll(runs)).ConfigureAwait(false);
        await drained.CancelAsync().ConfigureAwait(false);
        await EndsWithinAsync(Task.WhenAll(_partitions.Select(static partition => partition.EndAsync())), LongestGoodbye).ConfigureAwait(false);
        _logger.Drained(_passage.Released);

        // What refused to be worked with.
        await Task.WhenAll(runs.Where(static run => run.IsFaulted)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        Array.ForEach(_partitions, static partition => partition.Dispose());
        _alarm.Dispose();
    }

    // A partition that refuses to be worked with ends the whole run: the host is not what it should be.
    private static async Task RunAsync(PartitionSession partition, CancellationTokenSource stopping, CancellationToken drained)
    {
        try
        {
            await partition.RunAsync(stopping.Token, drained).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task DrainAsync(Task claiming)
    {
        var since = _timeProvider.GetTimestamp();
        _logger.Draining(_groups.Sum(static group => group.Held.Count), _keyspace.Options.DrainTimeout);
        await EndsWithinAsync(claiming, LongestGoodbye).ConfigureAwait(false);
        var workers = Task.WhenAll(_workers.Select(static workers => workers.CloseAsync()));
        if (!await EndsWithinAsync(workers, _keyspace.Options.DrainTimeout - _timeProvider.GetElapsedTime(since)).ConfigureAwait(false))
        {
            foreach (var lease in _groups.SelectMany(static group => group.Held))
            {
                lease.Interrupt(Interruption.Shutdown);
            }

            if (!await EndsWithinAsync(workers, Grace).ConfigureAwait(false))
            {
                ReleaseTheRest();
            }
        }

        await Task.WhenAll(_partitions.Select(static partition => partition.FlushAsync())).ConfigureAwait(false);
    }

    // Handlers that do not obey their token go on, but what they hold is given back, and their outcome counts for nothing.
    private void ReleaseTheRest()
    {
        foreach (var group in _groups)
        {
            foreach (var lease in group.Held)
            {
                _passage.Conclude(group, new Settlement(lease, Outcome.Release) { Handled = lease.Delivery.Handled });
            }
        }
    }

    private async ValueTask<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        using var timer = new CancellationTokenSource();
        var ended = await Task.WhenAny(task, SafeDelay.ForAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, _timeProvider, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return ended == task;
    }

    // In a cluster the node that rings does not see who hears it on another one.
    private string NewName() => (new ClientConnection(_keyspace.Connection).IsCluster ? "~" : string.Empty) + IdGenerator.Next();

    private void Settle(ConsumerGroup group, Settlement settlement) => _partitions[settlement.Lease.Partition.Index].Settle(group, settlement);

    private void Redeclare() => Array.ForEach(_partitions, static partition => partition.Redeclare());

    private void RingHungry(ConsumerGroup group, Slot place)
    {
        var index = Array.IndexOf(_groups, group);
        foreach (var partition in _partitions)
        {
            partition.RingIfHungry(index, place);
        }
    }

    private void OnInterrupted() => Array.ForEach(_partitions, static partition => partition.Interrupted());
}
