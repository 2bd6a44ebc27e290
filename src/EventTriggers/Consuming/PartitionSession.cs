using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Consuming;

/// <summary>
/// Everything that this process does for one partition, from the first look at its server to the end of its drain: claiming, renewing, reaping, firing, listening, declaring, mending and
/// settling. Nothing here waits for another partition, and no other partition waits for this one. What they share are the groups, and a claim that is not answered gives their places back.
/// </summary>
internal sealed class PartitionSession : IDisposable
{
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(2.5);

    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly IReadOnlyList<ConsumerGroup> _groups;
    private readonly SessionServices _runners;
    private readonly SessionContext _wakeup;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly RenewDuty[] _renew;
    private readonly Dictionary<ConsumerGroup, SettleDuty> _settle;
    private readonly DeclareDuty _declare;
    private readonly ClaimDuty _claim;
    private volatile PartitionLoop? _loop;
    private Task _beside = Task.CompletedTask;

    public PartitionSession(Keyspace keyspace, Partition partition, IReadOnlyList<ConsumerGroup> groups, SessionServices runners, SessionContext wakeup, TimeProvider timeProvider, ILogger logger)
    {
        (_keyspace, _partition, _groups, _runners, _wakeup, _timeProvider, _logger) = (keyspace, partition, groups, runners, wakeup, timeProvider, logger);
        _renew = [.. groups.Select(group => new RenewDuty(keyspace, partition, group, timeProvider, logger))];
        _settle = groups.ToDictionary(static group => group, group => new SettleDuty(keyspace, partition, group, logger));
        _declare = runners.DeclareIn(partition, new Signal(timeProvider, wakeup.Alarm));
        _claim = new ClaimDuty(keyspace, partition, groups, timeProvider, logger);
    }

    /// <summary>Runs until the host stops, and claims nothing more then. What is held is renewed until it is drained.</summary>
    /// <exception cref="InvalidOperationException">The server cannot be worked with, or the prefix is in use with another number of partitions or another schema.</exception>
    public async Task RunAsync(CancellationToken stoppingToken, CancellationToken drained)
    {
        if (!await StartAsync(stoppingToken).ConfigureAwait(false))
        {
            return;
        }

        var consumer = _wakeup.Consumer.Value;
        var doorbell = new WakeListener(_keyspace, _partition.ChannelOf(consumer), _timeProvider, _logger);

        // What one of them cannot hear the other cannot either: it is told once.
        var announcements = new WakeListener(_keyspace, _partition.Channel, _timeProvider, NullLogger.Instance);
        var hints = new CancelHints(_partition, _groups, _renew, new Signal(_timeProvider, _wakeup.Alarm), _timeProvider);
        _claim.Holder = consumer;
        var loop = LoopOf(consumer, doorbell);
        _loop = loop;
        _beside = Task.WhenAll(
            doorbell.RunAsync(_ => loop.Ring(), drained),
            announcements.RunAsync(hints.Note, drained),
            hints.RunAsync(drained),
            new RenewLoop(_keyspace, _partition, _renew, _timeProvider, _logger).RunAsync(drained),
            new RepairLoop(_keyspace, _partition, _timeProvider, _logger).RunAsync(stoppingToken),
            _declare.RunAsync(stoppingToken));
        await loop.RunAsync(stoppingToken).ConfigureAwait(false);
    }

    /// <summary>Records an outcome.</summary>
    public void Settle(ConsumerGroup group, Settlement settlement) => _settle[group].Add(settlement);

    /// <summary>Renews one lease now.</summary>
    public ValueTask ConfirmAsync(Lease lease, CancellationToken cancellationToken) =>
        _renew[_groups.TakeWhile(group => group.Name != lease.Delivery.Group).Count()].ConfirmAsync(lease, cancellationToken);

    /// <summary>Records what is still to be recorded. What cannot be in time is handled again after its lease.</summary>
    public async Task FlushAsync()
    {
        await Task.WhenAll(_settle.Values.Select(static settle => settle.DisposeAsync().AsTask())).WaitAsync(LongestGoodbye, _timeProvider, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var settle in _settle.Values)
        {
            settle.GiveUp();
        }
    }

    /// <summary>Waits for what runs beside the loop, after everything is drained.</summary>
    public Task EndAsync() => _beside;

    /// <summary>Wakes the loop if it left deliveries of a group for want of a place.</summary>
    public void RingIfHungry(int group, Slot place) => _loop?.RingIfHungry(group, place);

    /// <summary>Tells that the connection was interrupted.</summary>
    public void Interrupted() => _loop?.Interrupted();

    /// <summary>Stores what the host declared once more: a store has lost its data.</summary>
    public void Redeclare() => _declare.Repeat();

    public void Dispose() => _claim.Dispose();

    private PartitionLoop LoopOf(string consumer, WakeListener doorbell) => new(
        new PartitionDuties
        {
            Partition = _partition,
            Subscribe = new SubscribeDuty(_keyspace, _partition, _keyspace.Options.Group, _runners.Types, _logger) { Consumer = consumer },
            StoreReset = _wakeup.StoreReset,
            Claim = _claim,
            Reap = [.. _groups.Select(group => new ReapDuty(_keyspace, _partition, group.Name, _logger))],
            Advance = new FireDueDuty(_keyspace, _partition, _keyspace.Options.Group, _logger),
            Sweep = new SweepDuty(_keyspace, _partition, [.. _groups.Select(static group => group.Name)]),
            Unhandled = new UnhandledDuty(_keyspace, _partition, _runners.Told, _timeProvider, _logger),
            Consumer = consumer,
            WakeListener = doorbell,
        },
        _groups, _keyspace, new Signal(_timeProvider, _wakeup.Alarm), _timeProvider, _logger);

    // A server that is not there yet does not keep the host from starting, nor the other partitions from being served: this one waits for it.
    private async ValueTask<bool> StartAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; !stoppingToken.IsCancellationRequested; attempt++)
        {
            try
            {
                await _keyspace.GateOf(_partition).OpenAsync("use the prefix", _keyspace.Begin(stoppingToken)).ConfigureAwait(false);
                if (attempt > 0)
                {
                    _logger.RedisBack(_partition.Index);
                }

                return true;
            }
            catch (StoreUnavailableException e)
            {
                if (attempt == 0)
                {
                    _logger.RedisLost(e, _partition.Index);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }

            await SafeDelay.ForAsync(RedisRetry.Backoff(attempt), _timeProvider, stoppingToken).ConfigureAwait(false);
        }

        return false;
    }
}
