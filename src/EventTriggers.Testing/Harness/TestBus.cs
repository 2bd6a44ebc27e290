using EventTriggers.Consuming;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.DependencyInjection;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers;
using StackExchange.Redis;

namespace EventTriggers.Testing.Harness;

/// <summary>One bus of a test host: its loop, and what the server holds of it.</summary>
internal sealed class TestBus : IDisposable
{
    // The most that a description reads of an index.
    private const int MostEntries = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly BusProvider _bus;
    private readonly Keyspace _keyspace;
    private readonly IConsumerLoop _loop;

    public TestBus(IServiceProvider services, string? key)
    {
        _bus = new BusProvider(services, key);
        _keyspace = _bus.Get<Keyspace>();
        _loop = _bus.Get<IConsumerLoop>();
        Groups = [.. _bus.Get<HostedGroups>().All.Select(static group => group.Name)];
        Running = _loop.RunAsync(_stop.Token);
    }

    /// <summary>Gets the key of the bus; <see langword="null"/> for the default bus.</summary>
    public string? Key => _bus.Key;

    public IReadOnlyList<string> Groups { get; }

    /// <summary>Gets the payload types that the host handles.</summary>
    public IEnumerable<Type> HandledTypes => _bus.All<HandlerRegistration>().Select(static handler => handler.PayloadType);

    public IEventStore Events => _bus.Get<IEventStore>();

    public ITriggerStore Triggers => _bus.Get<ITriggerStore>();

    public string Prefix => _keyspace.Options.KeyPrefix;

    public int Database => _keyspace.Database.Database;

    private IEnumerable<BatchCollector> Collectors =>
        _bus.Get<HostedGroups>().All.SelectMany(static group => group.Batches?.Table.Collectors.ToArray() ?? []);

    /// <summary>Gets the run of the loop.</summary>
    public Task Running { get; }

    public Task StopAsync() => _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();

    /// <summary>Tells whether the loop waits for work everywhere, and what the host declares is stored.</summary>
    /// <exception cref="InvalidOperationException">A declared trigger cannot be stored.</exception>
    public async Task<bool> IsReadyAsync()
    {
        if (_loop.Status.UndeclaredTriggers is [var undeclared, ..])
        {
            throw new InvalidOperationException($"The declared trigger '{undeclared}' could not be stored; the host's log says why.");
        }

        return (await ReadAsync().ConfigureAwait(false)).All(static partition => partition.Waiting.Count > 0)
            && await HasDeclaredAsync().ConfigureAwait(false);
    }

    /// <summary>Reads what there is to do, of each partition at one moment.</summary>
    public Task<PartitionSnapshot[]> ReadAsync() => Task.WhenAll(_keyspace.Partitions.Select(ReadAsync));

    /// <summary>Wakes the consumers of partitions in which something is due.</summary>
    /// <param name="partitions">What there is to do in each partition.</param>
    /// <param name="nowMs">The time, in unix ms.</param>
    public async Task WakeAsync(PartitionSnapshot[] partitions, long nowMs)
    {
        var subscriber = _keyspace.Connection.GetSubscriber();
        foreach (var (index, snapshot) in partitions.Index().Where(one => one.Item.IsDue(nowMs)))
        {
            foreach (var consumer in snapshot.Waiting)
            {
                var channel = RedisChannel.Literal(_keyspace.Partitions[index].ChannelOf(consumer)).WithKeyRouting();
                await subscriber.PublishAsync(channel, RedisValue.EmptyString).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads when a delayed delivery is due; <see langword="null"/> if it is not delayed.</summary>
    public async Task<DateTimeOffset?> DueAtAsync(string id, string group)
    {
        var due = await _keyspace.Database.SortedSetScoreAsync(_keyspace.PartitionOf(id).Keys.Of(group).Delayed, id).ConfigureAwait(false);
        return due is { } ms ? UnixTime.ToDateTimeOffset((long)ms) : null;
    }

    /// <summary>Reads the moments for which triggers over time wait, by the id of the trigger.</summary>
    public async Task<IReadOnlyDictionary<string, MomentsOverTime>> MomentsOverTimeAsync()
    {
        var entries = new List<SortedSetEntry>();
        foreach (var partition in _keyspace.Partitions)
        {
            entries.AddRange(await _keyspace.Database.SortedSetRangeByRankWithScoresAsync(partition.Keys.Triggers, 0, MostEntries)
                .ConfigureAwait(false));
        }

        // The id of a trigger has no #.
        return entries.Where(static entry => entry.Element.ToString().Contains('#', StringComparison.Ordinal))
            .GroupBy(static entry => entry.Element.ToString().Split('#')[0], StringComparer.Ordinal)
            .ToDictionary(
                static trigger => trigger.Key,
                static trigger => new MomentsOverTime(
                    UnixTime.ToDateTimeOffset((long)trigger.Min(static entry => entry.Score)), trigger.Count()),
                StringComparer.Ordinal);
    }

    // In one transaction: an event moves from one of these keys to another in one step.
    private async Task<PartitionSnapshot> ReadAsync(Partition partition)
    {
        var transaction = _keyspace.Database.CreateTransaction();
        var counts = new List<Task<long>>();
        var next = new List<Task<SortedSetEntry[]>> { FirstOf(transaction, partition.Keys.Triggers) };
        var waiting = new List<Task<RedisValue[]>>();
        foreach (var keys in Groups.Select(partition.Keys.Of))
        {
            counts.AddRange(
            [
                transaction.ListLengthAsync(keys.Ready), transaction.ListLengthAsync(keys.ReadyHigh),
                transaction.ListLengthAsync(keys.ReadyLow), transaction.ListLengthAsync(keys.Quarantine),
                transaction.SortedSetLengthAsync(keys.Leased),
            ]);
            next.Add(FirstOf(transaction, keys.Delayed));
            waiting.Add(transaction.SortedSetRangeByRankAsync(keys.Waiting));
        }

        await transaction.ExecuteAsync().ConfigureAwait(false);
        var due = (await Task.WhenAll(next).ConfigureAwait(false))
            .SelectMany(static entries => entries).Select(static entry => entry.Score);
        var gathering = Collectors.Where(static one => one.DueAt is not null).ToArray();
        var gathered = gathering.SelectMany(static one => one.Gathered).Count(lease => lease.Partition.Index == partition.Index);
        return new PartitionSnapshot
        {
            // What a batch gathers waits for a moment, like what is delayed.
            Busy = (await Task.WhenAll(counts).ConfigureAwait(false)).Sum() - gathered,
            NextDue = due.Where(static score => score < UnixTime.MaxMs).Select(static score => (long?)score)
                .Concat(gathering.Select(DueOf)).Min(),
            Waiting =
            [
                .. (await Task.WhenAll(waiting).ConfigureAwait(false)).SelectMany(static names => names)
                    .Select(static name => name.ToString()).Distinct(StringComparer.Ordinal),
            ],
        };
    }

    // The clock is moved by whole milliseconds.
    private static long? DueOf(BatchCollector collector) => collector.DueAt is { } due
        ? due.AddTicks(TimeSpan.TicksPerMillisecond - 1).ToUnixTimeMilliseconds() : null;

    private static Task<SortedSetEntry[]> FirstOf(ITransaction transaction, RedisKey key) =>
        transaction.SortedSetRangeByRankWithScoresAsync(key, 0, 0);

    private async Task<bool> HasDeclaredAsync()
    {
        foreach (var id in _bus.All<DeclaredTrigger>().Select(static declared => declared.Trigger.Definition.Id!))
        {
            if (!await _keyspace.Database.HashExistsAsync(_keyspace.PartitionOf(id).Keys.Declared, id).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }
}
