using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Consuming.Health;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Diagnostics;
using EventTriggers.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Consuming;

/// <summary>
/// Everything that this process does for one partition, from the first look at its server to the end of its drain: claiming, renewing,
/// reaping, firing, listening, declaring and repairing. Nothing here waits for another partition, and no other partition waits for this
/// one. They share the queues; a claim that is not answered gives their slots back.
/// </summary>
internal sealed class PartitionSession : IDisposable
{
    private readonly Keyspace _keyspace;
    private readonly Partition _partition;
    private readonly IReadOnlyList<DeliveryQueue> _queues;
    private readonly IReadOnlyList<ConcurrencyControl> _controls;
    private readonly Signal _signal;
    private readonly SessionServices _services;
    private readonly SessionContext _context;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly DeclareDuty _declare;
    private readonly IReadOnlyList<GrantLoop?> _grants;
    private readonly Claimer _claimer;
    private readonly PartitionHealth _health;
    private volatile PartitionLoop? _loop;
    private volatile PresenceLoop? _presence;
    private Task _beside = Task.CompletedTask;

    public PartitionSession(
        Keyspace keyspace,
        Partition partition,
        IReadOnlyList<DeliveryQueue> queues,
        IReadOnlyList<ConcurrencyControl> controls,
        Signal signal,
        IReadOnlyList<GrantLoop?> grants,
        LostClaims lost,
        SessionServices services,
        SessionContext context,
        TimeProvider timeProvider,
        ILogger logger)
    {
        (_keyspace, _partition, _queues, _controls, _signal, _grants) = (keyspace, partition, queues, controls, signal, grants);
        (_services, _context, _timeProvider, _logger) = (services, context, timeProvider, logger);
        _declare = services.DeclareIn(partition, new Signal(timeProvider, context.Timer));
        _health = context.Health.Partitions[partition.Index];
        _claimer = new Claimer(keyspace, partition, queues, timeProvider, logger, grants, lost) { Controls = controls };
    }

    /// <summary>Claims until the host stops, and renews what is held until it is drained.</summary>
    /// <exception cref="InvalidOperationException">
    /// The server cannot be worked with, or the prefix is in use with another number of partitions or another schema.
    /// </exception>
    public async Task RunAsync(CancellationToken stoppingToken, CancellationToken drained)
    {
        if (!await StartAsync(stoppingToken).ConfigureAwait(false))
        {
            return;
        }

        var consumer = _context.Consumer.Value;
        var wakes = new WakeListener(_keyspace, _partition.ChannelOf(consumer), _timeProvider, _logger);

        // What one listener cannot hear the other cannot either: that is logged once.
        var announcements = new WakeListener(_keyspace, _partition.Channel, _timeProvider, NullLogger.Instance);
        RenewDuty[] renew = [.. _queues.Select(queue => new RenewDuty(_keyspace, _partition, queue, _timeProvider, _logger))];
        var hints = new CancelHints(_partition, _queues, renew, new Signal(_timeProvider, _context.Timer), _timeProvider);
        _claimer.Holder = consumer;
        _health.Follow(wakes, _declare);
        var operations = new OperationLoop(
            _keyspace, _partition, consumer, _services.Triggers, new Signal(_timeProvider, _context.Timer), _logger);
        var loop = NewLoop(consumer, wakes, renew, operations);
        var presence = new PresenceLoop(
            _keyspace, _partition, consumer, _controls, _context, new Signal(_timeProvider, _context.Timer), _timeProvider);
        (_loop, _presence) = (loop, presence);

        // Before the first claim: an operator may have set how many deliveries are handled at a time.
        if (!await RepeatAsync(() => presence.BeginAsync(stoppingToken), stoppingToken).ConfigureAwait(false))
        {
            return;
        }

        _beside = Task.WhenAll(
            wakes.RunAsync(loop.Wake, drained),
            announcements.RunAsync(message => OnAnnounced(message, hints, operations, presence, loop), drained),
            hints.RunAsync(drained),
            presence.RunAsync(drained),
            new RenewLoop(_keyspace, _partition, renew, _timeProvider, _logger).RunAsync(drained),
            operations.RunAsync(stoppingToken),
            new RepairLoop(_keyspace, _partition, _timeProvider, _logger).RunAsync(stoppingToken),
            _declare.RunAsync(stoppingToken),
            Task.WhenAll(_grants.Select(limited => limited?.RunAsync(stoppingToken) ?? Task.CompletedTask)));
        await loop.RunAsync(stoppingToken).ConfigureAwait(false);
    }

    /// <summary>Waits for what runs beside the loop, after everything is drained.</summary>
    public Task EndAsync() => _beside;

    /// <summary>Notes that the connection was interrupted.</summary>
    public void OnInterrupted()
    {
        _loop?.OnInterrupted();
        Report();
    }

    /// <summary>Reports what this process handles, without waiting for the next time.</summary>
    public void Report() => _presence?.Wake();

    /// <summary>Stores the host's declared triggers once more: a store has lost its data.</summary>
    public void Redeclare() => _declare.Repeat();

    public void Dispose() => _claimer.Dispose();

    // What all consumers hear: that an event is to be canceled, that an operation has begun, that something was set for a group, or that a
    // group is no longer paused.
    private static void OnAnnounced(
        string message, CancelHints hints, OperationLoop operations, PresenceLoop presence, PartitionLoop loop)
    {
        if (message.StartsWith('!'))
        {
            hints.Note(message);
        }
        else if (message == OperationLoop.Announcement)
        {
            operations.Wake();
        }
        else if (message is PresenceLoop.Announcement or "")
        {
            // Whatever was set before this consumer has begun to listen.
            presence.Wake();
        }
        else
        {
            loop.Wake();
        }
    }

    private PartitionLoop NewLoop(string consumer, WakeListener wakes, RenewDuty[] renew, OperationLoop operations)
    {
        string[] groups = [.. _services.Groups.All.Select(static group => group.Name)];
        var duties = new PartitionDuties
        {
            Partition = _partition,
            Subscribe = new SubscribeDuty(_keyspace, _partition, _services.Groups.Subscriptions, _logger)
            {
                Consumer = consumer, Modes = _services.Groups.Modes,
            },
            StoreReset = _context.StoreReset,
            Claim = _claimer,
            Grants = _grants,
            Renew = renew,
            Reap = [.. _services.Groups.All.Select(group => new ReapDuty(_keyspace, _partition, group, _logger))],
            FireDue = new FireDueDuty(_keyspace, _partition, groups, _logger),
            Sweep = new SweepDuty(_keyspace, _partition, groups, _logger, operations.Wake),
            Unhandled =
            [
                .. _services.Groups.Handling.Select(group =>
                    new UnhandledDuty(_keyspace, _partition, group, _services.Reported, _timeProvider, _logger)),
            ],
            Consumer = consumer,
            Wakes = wakes,
            Health = _health,
        };
        return new PartitionLoop(duties, _queues, _keyspace, _signal, _timeProvider, _logger);
    }

    // A server that is not there yet keeps neither the host from starting nor the other partitions from being served: this partition waits
    // for it.
    private Task<bool> StartAsync(CancellationToken stoppingToken) => RepeatAsync(
        () => _keyspace.GateOf(_partition).OpenAsync("use the prefix", _keyspace.Begin(stoppingToken)).AsTask(), stoppingToken);

    // Answers false when the host stops.
    private async Task<bool> RepeatAsync(Func<Task> begin, CancellationToken stoppingToken)
    {
        for (var attempt = 0; !stoppingToken.IsCancellationRequested; attempt++)
        {
            _health.NoteRound();
            try
            {
                await begin().ConfigureAwait(false);
                if (attempt > 0)
                {
                    _logger.RedisAvailable(_partition.Index);
                }

                return true;
            }
            catch (StoreUnavailableException e)
            {
                _health.NoteFailure(e);
                if (attempt == 0)
                {
                    _logger.RedisUnavailable(e, _partition.Index);
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
