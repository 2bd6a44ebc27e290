using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>One run of the consumer loop, from its first claim to the end of its drain.</summary>
internal sealed class ConsumerRun : IDisposable
{
    // Matching is a few round trips and little CPU; so many fill the calls that show events to triggers over time.
    private const int MatcherConcurrency = 64;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private readonly Keyspace _keyspace;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ConsumerGroup[] _groups;
    private readonly Workers[] _workers;
    private readonly PartitionLoop[] _loops;
    private readonly string _consumer;
    private readonly Doorbell[] _doorbells;
    private readonly Doorbell[] _announcements;
    private readonly Dictionary<(ConsumerGroup Group, Partition Partition), SettleDuty> _settle;
    private readonly DeliveryPassage _passage;
    private readonly RenewDuty[] _renew;
    private readonly CancelHints[] _hints;
    private readonly MendLoop _mending;
    private readonly Alarm _alarm = new();
    private readonly IReadOnlyCollection<string> _types;

    public ConsumerRun(Keyspace keyspace, Runners runners, TimeProvider timeProvider, ILogger logger)
    {
        var options = keyspace.Options;
        (_keyspace, _timeProvider, _logger, _types) = (keyspace, timeProvider, logger, runners.Types);
        _groups =
        [
            new ConsumerGroup(options.Group, options.Concurrency, runners.Handlers),
            new ConsumerGroup(TriggerMatcher.Group, MatcherConcurrency, runners.Triggers),
        ];
        var pairs = keyspace.Partitions.SelectMany(partition => _groups.Select(group => (Group: group, Partition: partition))).ToArray();
        _settle = pairs.ToDictionary(static pair => pair, pair => new SettleDuty(keyspace, pair.Partition, pair.Group, logger));
        _passage = new DeliveryPassage(keyspace, _settle, timeProvider, logger);
        _renew = [.. pairs.Select(pair => new RenewDuty(keyspace, pair.Partition, pair.Group, timeProvider, logger))];
        _hints = [.. keyspace.Partitions.Select(partition => new CancelHints(
            partition, _groups, [.. _renew.Skip(partition.Index * _groups.Length).Take(_groups.Length)], new Signal(timeProvider, _alarm), timeProvider))];
        _workers = [.. _groups.Select(group => new Workers(group.Concurrency, lease => _passage.RunAsync(group, lease)))];
        foreach (var (group, workers) in _groups.Zip(_workers))
        {
            (group.Freed, group.Claimed) = (RingHungry, workers.Post);
        }

        _mending = new MendLoop(keyspace, timeProvider, logger);
        // In a cluster the node that rings does not see who hears it on another one.
        _consumer = (keyspace.Connection.GetServers().Any(static server => server.ServerType == ServerType.Cluster) ? "~" : string.Empty) + NewIds.Next();
        _doorbells = [.. keyspace.Partitions.Select(partition => new Doorbell(keyspace, partition.ChannelOf(_consumer), timeProvider, logger))];

        // What one of them cannot hear the other cannot either: it is told once.
        _announcements = [.. keyspace.Partitions.Select(partition => new Doorbell(keyspace, partition.Channel, timeProvider, NullLogger.Instance))];
        _loops = [.. keyspace.Partitions.Select(partition => new PartitionLoop(
            DutiesOf(partition, runners), _groups, keyspace, new Signal(timeProvider, _alarm), timeProvider, logger))];
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var options = _keyspace.Options;
        _logger.ConsumerStarted(options.Group, options.KeyPrefix, options.Partitions, options.Concurrency, _types.Count);
        _logger.TypesTaken(options.Group, string.Join(", ", _types.Order(StringComparer.Ordinal)));
        using var drained = new CancellationTokenSource();
        using var pool = new PoolWatch(_groups.Sum(static group => group.Concurrency), () => _groups.Any(static group => group.IsBusy), _logger);
        using var stopping = stoppingToken.UnsafeRegister(static passage => ((DeliveryPassage)passage!).Close(), _passage);
        _keyspace.Connection.ConnectionRestored += OnInterrupted;
        _keyspace.Connection.ConfigurationChanged += OnInterrupted;
        try
        {
            var listening = _loops.SelectMany((loop, i) => (Task[])
            [
                _doorbells[i].RunAsync(_ => loop.Ring(), drained.Token), _announcements[i].RunAsync(_hints[i].Note, drained.Token), _hints[i].RunAsync(drained.Token),
            ]).ToArray();
            var renewing = RenewAsync(drained.Token);
            var mending = _mending.RunAsync(stoppingToken);
            await Task.WhenAll(_loops.Select(loop => loop.RunAsync(stoppingToken))).ConfigureAwait(false);

            await DrainAsync().ConfigureAwait(false);
            await drained.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([renewing, mending, .. listening]).ConfigureAwait(false);
            _logger.Drained(_passage.Released);
        }
        finally
        {
            _keyspace.Connection.ConnectionRestored -= OnInterrupted;
            _keyspace.Connection.ConfigurationChanged -= OnInterrupted;
        }
    }

    public void Dispose() => _alarm.Dispose();

    private PartitionDuties DutiesOf(Partition partition, Runners runners) => new()
    {
        Partition = partition,
        Subscribe = new SubscribeDuty(_keyspace, partition, _keyspace.Options.Group, runners.Types, _logger),
        Declare = runners.Declare,
        Claim = new ClaimDuty(_keyspace, partition, _groups, _timeProvider, _logger),
        Reap = [.. _groups.Select(group => new ReapDuty(_keyspace, partition, group, _logger))],
        Advance = new AdvanceDuty(_keyspace, partition, _keyspace.Options.Group, _logger),
        Sweep = new SweepDuty(_keyspace, partition, _groups),
        Consumer = _consumer,
        Doorbell = _doorbells[partition.Index],
    };

    private async Task RenewAsync(CancellationToken drained)
    {
        using var timer = new PeriodicTimer(_keyspace.Options.RenewalInterval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(drained).ConfigureAwait(false))
            {
                // Whatever goes wrong with one of them: renewing that ends would lose everything that is held, without a sound.
                await Task.WhenAll(_renew.Select(static renew => renew.RunOnceAsync().AsTask())).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (drained.IsCancellationRequested)
        {
            // Everything is drained: nothing is held any more.
        }
    }

    private async Task DrainAsync()
    {
        _logger.Draining(_groups.Sum(static group => group.Held.Count), _keyspace.Options.DrainTimeout);
        var workers = Task.WhenAll(_workers.Select(static workers => workers.CloseAsync()));
        if (!await EndsWithinAsync(workers, _keyspace.Options.DrainTimeout).ConfigureAwait(false))
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

        // What cannot be recorded in time is handled again after its lease.
        await EndsWithinAsync(Task.WhenAll(_settle.Values.Select(static settle => settle.DisposeAsync().AsTask())), LongestGoodbye)
            .ConfigureAwait(false);
        foreach (var settle in _settle.Values)
        {
            settle.GiveUp();
        }
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
        var ended = await Task.WhenAny(task, Nap.ForAsync(limit, _timeProvider, timer.Token)).ConfigureAwait(false);
        await timer.CancelAsync().ConfigureAwait(false);
        return ended == task;
    }

    private void RingHungry(ConsumerGroup group, Place place)
    {
        var index = Array.IndexOf(_groups, group);
        foreach (var loop in _loops)
        {
            loop.RingIfHungry(index, place);
        }
    }

    private void OnInterrupted(object? sender, EventArgs e)
    {
        foreach (var loop in _loops)
        {
            loop.Interrupted();
        }
    }
}
