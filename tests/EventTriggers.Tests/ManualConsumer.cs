using EventTriggers.Consuming;
using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Duties;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Operations;
using EventTriggers.Redis.Stores;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests;

/// <summary>One consumer of a host's group, moved step by step by a test: what it claims is handled by nobody.</summary>
internal sealed class ManualConsumer(
    TestHost host, string? group = null, int partition = 0, int concurrency = 100, TimeProvider? time = null)
{
    /// <summary>Looks at the next page whenever it is asked to.</summary>
    public static readonly RepairPace Unpaced = new(0, TimeSpan.Zero, TimeSpan.Zero);

    private readonly DeliveryQueue _queue = new(group ?? host.Keyspace.Options.Group, concurrency, host.Keyspace.Partitions.Count)
    {
        LimitsKeys = GroupSettings.Of(group ?? host.Keyspace.Options.Group, host.Keyspace.Options).Mode.Limit is not null,
    };

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly string _name = IdGenerator.Next();
    private Claimer? _claim;
    private UnhandledDuty? _unhandled;
    private LostClaims? _lost;
    private NextClaimer? _next;
    private string[] _types = [];

    /// <summary>Gets how many deliveries its last claim has left, for which a loop would claim again at once.</summary>
    public long Left { get; private set; }

    /// <summary>Gets when, by its last claim, there is something to claim next, in unix ms; −1 for nothing.</summary>
    public long NextDelayed { get; private set; }

    /// <summary>Gets what it holds and would renew.</summary>
    public IReadOnlyCollection<Lease> Held => [.. _queue.Held];

    /// <summary>Gets what renews what it holds.</summary>
    public RenewDuty Renewal => new(host.Keyspace, Partition, _queue, _time, NullLogger.Instance);

    private Partition Partition => host.Keyspace.Partitions[partition];

    private LostClaims Lost => _lost ??= new LostClaims(host.Keyspace, Partition, [_queue.Group], _time, NullLogger.Instance);

    private Claimer Claim => _claim ??= new Claimer(host.Keyspace, Partition, [_queue], _time, NullLogger.Instance, lost: Lost)
    {
        Holder = _name,
    };

    private HostedGroup Group => new(GroupSettings.Of(_queue.Group, host.Keyspace.Options), [], new Nobody());

    /// <summary>Gets or sets how its group orders by key, as this consumer knows it.</summary>
    public KeyMode Mode { get; set; } = GroupSettings.Of(group ?? host.Keyspace.Options.Group, host.Keyspace.Options).Mode;

    private SubscribeDuty Subscription => new(
        host.Keyspace, Partition, [.. _types.Select(type => new GroupType(_queue.Group, type))], NullLogger.Instance)
    {
        Consumer = _name, Modes = new Dictionary<string, KeyMode> { [_queue.Group] = Mode },
    };

    public async Task SubscribeAsync(params string[] types)
    {
        await host.Keyspace.EnsureReadyAsync();
        _types = types;
        await Subscription.RunOnceAsync();
    }

    /// <summary>Says that it handles what it subscribed to no more, as at an orderly stop.</summary>
    public Task LeaveAsync() => Subscription.LeaveAsync();

    /// <summary>Stops claiming, and passes on what it was woken for.</summary>
    public async Task StopClaimingAsync()
    {
        await Claim.LeaveAsync(_name);
    }

    /// <summary>Looks after what is parked for hosts that handle its type.</summary>
    public async Task LookAfterUnhandledAsync()
    {
        await host.Keyspace.EnsureReadyAsync();
        _unhandled ??= new UnhandledDuty(host.Keyspace, Partition, Group, new ReportedTypes(), _time, host.Log);
        await _unhandled.RunOnceAsync();
    }

    public async Task<IReadOnlyList<Lease>> ClaimAsync()
    {
        await host.Keyspace.EnsureReadyAsync();
        var leases = new List<Lease>();
        var report = await Claim.RunOnceAsync(consumer: null);
        NextDelayed = report.NextDelayed;
        Left = report.Groups[0].Left + report.Groups[0].Quarantined;
        while (_queue.TryTake(out var lease))
        {
            leases.Add(lease);
            if (lease.IsQuarantined)
            {
                _queue.ReturnQuarantine();
            }

            _queue.ReturnWorkers(1);
        }

        return leases;
    }

    /// <summary>Claims until nothing is left: one claim takes a limited number.</summary>
    public async Task<IReadOnlyList<Lease>> ClaimAllAsync()
    {
        var all = new List<Lease>();
        do
        {
            all.AddRange(await ClaimAsync());
        }
        while (Left > 0);
        return all;
    }

    /// <summary>Claims what waits behind the first of a key, as a batch does that has it.</summary>
    /// <param name="first">The first.</param>
    /// <param name="most">The most that is claimed.</param>
    /// <param name="earlier">The call that has claimed others for the same batch; 0 for none.</param>
    public Task<LeaseBatch> ClaimNextAsync(Lease first, int most, long earlier = 0) =>
        ClaimNextAsync(new LeaseBatch(null!, [first]) { IsInOrder = true, Call = earlier }, most);

    /// <summary>Claims what waits behind those that a batch has.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="most">The most that is claimed.</param>
    public async Task<LeaseBatch> ClaimNextAsync(LeaseBatch batch, int most)
    {
        var limits = new BatchOptions { ByKey = true, MaxSize = most + batch.Leases.Count };
        var handler = new BatchHandler("test", new DelegateBatchHandler<OrderPlaced>(static (_, _) => default, type: null, limits));
        _next ??= new NextClaimer(host.Keyspace, Partition, new Lazy<string>(_name), Lost, _time);
        return await _next.ClaimAsync(batch with { Handler = handler }, _types);
    }

    /// <summary>Gives back what a call has leased, as if it had not been answered.</summary>
    public async Task GiveBackAsync(long call)
    {
        Lost.Note(call);
        await Lost.RunOnceAsync(_name);
    }

    public async Task<Lease> ClaimOneAsync() => (await ClaimAsync()).Should().ContainSingle().Subject;

    public async Task SettleAsync(params Settlement[] settlements)
    {
        await using var settle = NewSettler();
        foreach (var settlement in settlements)
        {
            settlement.Lease.TryConclude();
            settle.Add(settlement);
        }
    }

    /// <summary>Records outcomes as those of a batch by key are.</summary>
    public async Task SettleInOrderAsync(params Settlement[] settlements)
    {
        await using var settle = NewSettler();
        Array.ForEach(settlements, static settlement => settlement.Lease.TryConclude());
        await settle.RecordAsync(settlements);
    }

    public Task SettleAsync(Lease lease, Outcome outcome) => SettleAsync(new Settlement(lease, outcome));

    /// <summary>Lets a delivery come to a worker of a host that is stopping.</summary>
    public Task PassWhileStoppingAsync(Lease lease) => PassAsync(lease, isStopping: true);

    /// <summary>Lets a delivery come to a worker.</summary>
    public async Task PassAsync(Lease lease, bool isStopping = false)
    {
        Settler[] settlers = [.. host.Keyspace.Partitions.Select(NewSettler)];
        var executor = new DeliveryExecutor(
            Group, settlers, new DeliveryTracing(host.Keyspace), host.Keyspace.Options, _time,
            NullLogger.Instance);
        if (isStopping)
        {
            executor.Close();
        }

        await executor.RunAsync(lease);
        await executor.FlushAsync();
    }

    public async Task RenewAsync() => (await Renewal.RunOnceAsync()).Should().BeTrue();

    /// <summary>Takes expired leases away where other consumers went on meanwhile: the server has heard of them until now.</summary>
    public async Task ReapAsync()
    {
        await host.Keyspace.Database.StringSetAsync($"{Partition.Keys.Root}:contact", host.Keyspace.PinnedNow.IsNullOrEmpty
            ? DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()
            : host.Keyspace.PinnedNow);
        await ReapAfterSilenceAsync();
    }

    /// <summary>Does so where nobody else called.</summary>
    public ValueTask ReapAfterSilenceAsync() => ReapAsync(long.MaxValue);

    public ValueTask ReapAsync(long expiredBy) =>
        new ReapDuty(host.Keyspace, Partition, Group, NullLogger.Instance).RunOnceAsync(expiredBy);

    public async ValueTask<long> AdvanceAsync() =>
        (await new FireDueDuty(host.Keyspace, Partition, [_queue.Group, TriggerMatcher.Group], NullLogger.Instance)
            .RunOnceAsync(consumer: null)).Next;

    /// <summary>Takes one step of a bulk operation, if one is due.</summary>
    public ValueTask<TimeSpan> AdvanceOperationAsync() => Operations.AdvanceAsync();

    public ValueTask RemoveSubscriptionsAsync() => new RemoveSubscriptionsDuty(host.Keyspace, Partition).RunOnceAsync();

    public ValueTask<IReadOnlyList<string>> SweepAsync() =>
        new SweepDuty(host.Keyspace, Partition, [_queue.Group], host.Log).RunOnceAsync();

    /// <summary>Looks for what no index holds until it has looked at every key.</summary>
    public async Task<int> RepairAsync()
    {
        var repair = new RepairDuty(host.Keyspace, Partition, NullLogger.Instance, Unpaced);
        var repaired = 0;
        do
        {
            repaired += await repair.RunOnceAsync();
        }
        while (!repair.IsThrough);
        return repaired;
    }

    private OperationLoop Operations => new(
        host.Keyspace, Partition, _name, host.Services.GetRequiredService<TriggerWriter>(),
        new Signal(_time, null!), host.Log);

    private Settler NewSettler() => NewSettler(Partition);

    private Settler NewSettler(Partition partition) => new(host.Keyspace, partition, _queue.Group, host.Log);

    private sealed class Nobody : IDeliveryHandler
    {
        public ValueTask<Settlement> RunAsync(Lease lease, GroupSettings settings) =>
            throw new InvalidOperationException("Nothing is run here.");
    }
}
