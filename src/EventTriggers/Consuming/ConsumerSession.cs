using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Consuming;

/// <summary>
/// One run of the consumer loop, from its first claim to the end of its drain: a queue and an executor for each group, and a
/// <see cref="PartitionSession"/> for each partition.
/// </summary>
internal sealed class ConsumerSession : IDisposable
{
    // How long handlers may take to end after their tokens are canceled.
    private static readonly TimeSpan CancellationTimeout = TimeSpan.FromMilliseconds(500);

    // A server that is away must not hold up a stop for longer: what a claim that is under way still brings ends with its lease.
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(1);

    private readonly Keyspace _keyspace;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly DeliveryExecutor[] _executors;
    private readonly DeliveryQueue[] _queues;
    private readonly ConcurrencyControl[] _controls;
    private readonly PartitionSession[] _partitions;
    private readonly PreciseTimer _timer = new();
    private readonly HostedGroups _groups;

    public ConsumerSession(Keyspace keyspace, SessionServices services, LoopHealth health, TimeProvider timeProvider, ILogger logger)
    {
        var options = keyspace.Options;
        (_keyspace, _timeProvider, _logger, _groups) = (keyspace, timeProvider, logger, services.Groups);
        Signal[] loops = [.. keyspace.Partitions.Select(_ => new Signal(timeProvider, _timer))];
        string[] groups = [.. _groups.All.Select(static group => group.Name)];
        var lasts = PresenceLoop.TrustOf(options);
        var context = new SessionContext(
            new Lazy<string>(NewName), _timer, new TurnClock(options.Partitions, lasts, timeProvider), Redeclare, Report, health);
        LostClaims[] lost =
        [
            .. keyspace.Partitions.Select(partition => new LostClaims(keyspace, partition, groups, timeProvider, logger)),
        ];
        NextClaimer[] next =
        [
            .. keyspace.Partitions.Select(partition => new NextClaimer(
                keyspace, partition, context.Consumer, lost[partition.Index], timeProvider)),
        ];
        _executors = [.. _groups.All.Select(group => NewExecutor(group, next))];
        // What frees room in a group with limits wakes what takes its grants.
        Signal[][] signals =
        [
            .. _groups.All.Select(group => group.Settings.Limits.Count == 0
                ? loops
                : [.. keyspace.Partitions.Select(_ => new Signal(timeProvider, _timer))]),
        ];
        _queues =
        [
            .. _groups.All.Select((group, g) => new DeliveryQueue(
                group.Name, group.Settings.Concurrency, options.Partitions, _executors[g].RunAsync, signals[g], group.Batches?.Table,
                timeProvider, prefetches: !group.Settings.IsLimited && group.Batches?.Table.IsByKeyInOrder != true)
            {
                LimitsKeys = group.Settings.Mode.Limit is not null,
            }),
        ];
        _controls = [.. _queues.Select(queue => new ConcurrencyControl(queue, options.Partitions, lasts, timeProvider, logger))];
        _partitions =
        [
            .. keyspace.Partitions.Select(partition =>
                new PartitionSession(
                    keyspace, partition, _queues, _controls, loops[partition.Index], NewGrants(partition, signals, loops[partition.Index]),
                    lost[partition.Index], services, context, timeProvider, logger)),
        ];

        // What this process gives up of a share, others may have.
        Array.ForEach(_queues, queue => queue.OnShrunk(ReportShares));
    }

    /// <exception cref="InvalidOperationException">
    /// A server cannot be worked with, or the prefix is in use with another number of partitions or another schema; everything else was
    /// drained.
    /// </exception>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var options = _keyspace.Options;
        foreach (var group in _groups.Handling)
        {
            _logger.ConsumerStarted(
                group.Name, options.KeyPrefix, options.Partitions, group.Settings.Concurrency, group.Types.Count);
            _logger.TypesSubscribed(group.Name, string.Join(", ", group.Types.Order(StringComparer.Ordinal)));
        }

        using var drained = new CancellationTokenSource();
        using var monitor = new ThreadPoolMonitor(
            () => _queues.Sum(static queue => queue.Concurrency), () => _queues.Any(static queue => queue.IsBusy), _logger);
        using var telemetry = new SessionTelemetry(_keyspace, _queues, _timeProvider);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var closing = stopping.Token.UnsafeRegister(static self => ((ConsumerSession)self!).Close(), this);
        using var interruptions = new ClientConnection(_keyspace.Connection).OnInterrupted(OnInterrupted);
        var runs = Array.ConvertAll(_partitions, partition => RunAsync(partition, stopping, drained.Token));
        await Task.Delay(Timeout.InfiniteTimeSpan, _timeProvider, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        await DrainAsync(Task.WhenAll(runs)).ConfigureAwait(false);
        await drained.CancelAsync().ConfigureAwait(false);
        var ending = Task.WhenAll(_partitions.Select(static partition => partition.EndAsync()));
        await EndsWithinAsync(ending, ShutdownTimeout).ConfigureAwait(false);
        _logger.Drained(_executors.Sum(static executor => executor.Released));

        // Partitions that refused to be worked with throw here.
        await Task.WhenAll(runs.Where(static run => run.IsFaulted)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        Array.ForEach(_partitions, static partition => partition.Dispose());
        _timer.Dispose();
    }

    // A partition that refuses to be worked with ends the whole session: the host is not configured as it should be.
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

    private DeliveryExecutor NewExecutor(HostedGroup group, NextClaimer[] next)
    {
        var (tracing, options) = (new DeliveryTracing(_keyspace), _keyspace.Options);
        var standstill = new Standstill(_keyspace, group.Settings.Limits, _logger);
        return new DeliveryExecutor(
            group,
            [.. _keyspace.Partitions.Select(partition => new Settler(_keyspace, partition, group.Name, _logger))],
            tracing,
            options,
            _timeProvider,
            _logger,
            standstill,
            group.Batches is null
                ? null : new BatchExecutor(group, next, tracing, options, _timeProvider, _logger, standstill));
    }

    private GrantLoop?[] NewGrants(Partition partition, Signal[][] signals, Signal loop) =>
        _groups.All.All(static group => group.Settings.Limits.Count == 0)
            ? []
            :
            [
                .. _groups.All.Select((group, g) => group.Settings.Limits.Count == 0
                    ? null
                    : new GrantLoop(
                        new GrantTaker(_keyspace, group.Settings.Name, group.Settings.Limits, _timeProvider), partition, _queues[g],
                        signals[g][partition.Index], loop, _keyspace.Options.PollInterval, _timeProvider, _logger)),
            ];

    // What has not begun is given back, and what batches have gathered begins.
    private void Close()
    {
        Array.ForEach(_executors, static executor => executor.Close());
        Array.ForEach(_queues, static queue => queue.CloseBatches());
        Array.ForEach(_controls, static control => control.Stop());
        ReportShares();
    }

    private async Task DrainAsync(Task claiming)
    {
        var since = _timeProvider.GetTimestamp();
        _logger.Draining(_queues.Sum(static queue => queue.Held.Count), _groups.All.Max(static group => group.Settings.DrainTimeout));
        await EndsWithinAsync(claiming, ShutdownTimeout).ConfigureAwait(false);
        await Task.WhenAll(_queues.Select((queue, g) => DrainAsync(queue, _executors[g], _groups.All[g].Settings.DrainTimeout, since)))
            .ConfigureAwait(false);
    }

    // Each group by itself: one whose handlers do not end keeps no other from recording its outcomes.
    private async Task DrainAsync(DeliveryQueue queue, DeliveryExecutor executor, TimeSpan limit, long since)
    {
        var workers = queue.CloseAsync();
        if (!await EndsWithinAsync(workers, limit - _timeProvider.GetElapsedTime(since)).ConfigureAwait(false))
        {
            foreach (var lease in queue.Held)
            {
                lease.Interrupt(Interruption.Shutdown);
            }

            if (!await EndsWithinAsync(workers, CancellationTimeout).ConfigureAwait(false))
            {
                ReleaseHeld(queue, executor);
            }
        }

        await executor.FlushAsync().ConfigureAwait(false);
    }

    // Handlers that ignore their cancellation token go on, but their deliveries are given back, and their outcomes count for nothing.
    private static void ReleaseHeld(DeliveryQueue queue, DeliveryExecutor executor)
    {
        foreach (var lease in queue.Held)
        {
            executor.Conclude(OutcomePolicy.Release(lease));
        }
    }

    private async ValueTask<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        using var timer = new CancellationTokenSource();
        var delay = SafeDelay.ForAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, _timeProvider, timer.Token);
        var ended = await Task.WhenAny(task, delay).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return ended == task;
    }

    // In a cluster the node that publishes a message does not see whether a consumer hears it on another node.
    private string NewName() => (new ClientConnection(_keyspace.Connection).IsCluster ? "~" : string.Empty) + IdGenerator.Next();

    private void Report() => Array.ForEach(_partitions, static partition => partition.Report());

    private void ReportShares()
    {
        if (Array.Exists(_controls, static control => control.IsSet))
        {
            Report();
        }
    }

    private void Redeclare() => Array.ForEach(_partitions, static partition => partition.Redeclare());

    private void OnInterrupted() => Array.ForEach(_partitions, static partition => partition.OnInterrupted());
}
