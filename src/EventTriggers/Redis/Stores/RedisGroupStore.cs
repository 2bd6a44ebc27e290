using EventTriggers.Consuming;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Stores;

/// <summary>Lists groups and consumers, pauses, resumes and removes groups, and sets how much they do at a time.</summary>
internal sealed class RedisGroupStore(Keyspace keyspace, IEventStore events, TimeProvider timeProvider) : IGroupStore
{
    private const int MaxByLength = 200;
    private const int MaxReasonLength = 1000;

    // The most that is removed in one step, and the most consumers that are listed.
    private const int Step = 100;
    private const int MaxConsumers = 1000;

    private const int MaxKeys = 1000;

    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    public async ValueTask<IReadOnlyList<GroupRecord>> ListAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(only: null, cancellationToken).ConfigureAwait(false);

    public async ValueTask<GroupRecord?> FindAsync(string group, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        return await ReadAsync(group, cancellationToken).ConfigureAwait(false) is [var found] ? found : null;
    }

    public ValueTask<GroupRates> ReadRatesAsync(
        string group, DateTimeOffset from, DateTimeOffset before, RateInterval interval = RateInterval.Minute,
        CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        return new RateReader(keyspace).ReadAsync(group, from, before, interval, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<ConsumerRecord>> ListConsumersAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var found = await unread.ReadAllAsync(
            keyspace.Partitions, partition => ConsumersOf(partition, deadline), cancellationToken).ConfigureAwait(false);

        // Each consumer reports in every partition: what it said last counts.
        return
        [
            .. found.SelectMany(static consumers => consumers).GroupBy(static one => one.Name, StringComparer.Ordinal)
                .Select(static same => same.MaxBy(static one => one.SeenAt)!)
                .OrderBy(static one => one.Name, StringComparer.Ordinal),
        ];
    }

    public async ValueTask<KeyList> ListKeysAsync(string group, int limit = 100, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidGroup(group);
        if (limit is < 1 or > MaxKeys)
        {
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A list has 1 to {MaxKeys} keys, but {limit} were asked for.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var (deadline, unread) = (keyspace.Begin(cancellationToken), new FailedPartitions());
        var found = await unread.ReadAllAsync(
            keyspace.Partitions,
            partition => keyspace.Operations.ReadAsync(
                "list keys", partition, new KeysRequest { Partition = partition, Group = group, Most = limit }, deadline),
            cancellationToken).ConfigureAwait(false);
        return new KeyList
        {
            Keys =
            [
                .. found.SelectMany(static one => one.Keys).OrderBy(static one => one.HeldSince ?? DateTimeOffset.MaxValue)
                    .ThenBy(static one => one.WaitingSince ?? DateTimeOffset.MaxValue).Take(limit),
            ],
            HeldKeys = found.Sum(static one => one.Held),
            WaitingKeys = found.Sum(static one => one.Waiting),
            UnreadPartitions = unread.Partitions,
        };
    }

    public async ValueTask<ChangeOutcome> PauseAsync(
        string group, PauseOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        EventTexts.CheckNote(options?.By, MaxByLength, "The name of who pauses a group", nameof(options));
        EventTexts.CheckNote(options?.Reason, MaxReasonLength, "The reason of a pause", nameof(options));
        var ends = options?.Until is { } until ? UnixTime.CeilingMs(until) : -1;
        if (options?.Until is not null && ends < 0)
        {
            throw new ArgumentException($"A pause must end after 1970, but Until is {options.Until:O}.", nameof(options));
        }

        if (!await IsKnownAsync(group, cancellationToken).ConfigureAwait(false))
        {
            return ChangeOutcome.NotFound;
        }

        await ChangeAsync(partition => new PauseGroupRequest
        {
            Partition = partition,
            Group = group,
            Paused = ends,
            By = options?.By ?? string.Empty,
            Reason = options?.Reason ?? string.Empty,
        }, cancellationToken).ConfigureAwait(false);
        return ChangeOutcome.Done;
    }

    public async ValueTask<ChangeOutcome> ResumeAsync(string group, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        var changed = await ChangeAsync(
            partition => new PauseGroupRequest { Partition = partition, Group = group, Paused = null }, cancellationToken)
            .ConfigureAwait(false);

        // A group that was paused is known, whatever else is lost.
        return changed.Contains(true) || await IsKnownAsync(group, cancellationToken).ConfigureAwait(false)
            ? ChangeOutcome.Done
            : ChangeOutcome.NotFound;
    }

    public async ValueTask<ChangeOutcome> SetConcurrencyAsync(
        string group, int? concurrency, string? by = null, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        EventTexts.CheckNote(by, MaxByLength, "The name of who sets the concurrency of a group", nameof(by));
        if (concurrency is < 1 or > StoredConcurrency.Most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(concurrency), concurrency,
                $"All processes together handle 1 to {StoredConcurrency.Most} deliveries of a group at a time, not {concurrency}. "
                + $"To handle none, call {nameof(PauseAsync)}.");
        }

        if (!await IsKnownAsync(group, cancellationToken).ConfigureAwait(false))
        {
            return ChangeOutcome.NotFound;
        }

        await ChangeAsync(
            partition => new SetConcurrencyRequest
            {
                Partition = partition, Group = group, Concurrency = concurrency, By = by ?? string.Empty,
            },
            cancellationToken).ConfigureAwait(false);
        return ChangeOutcome.Done;
    }

    public async ValueTask WaitUntilDrainedAsync(string group, CancellationToken cancellationToken = default)
    {
        ThrowIfInvalid(group);
        for (var pause = FirstLook; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            // Every partition must answer: the first one that does not ends the wait with an exception.
            var deadline = keyspace.Begin(cancellationToken);
            var listed = await Task.WhenAll(keyspace.Partitions.Select(partition => ListAsync(partition, group, deadline)))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            if (listed.All(static groups => groups.All(static one => one.Running == 0)))
            {
                return;
            }

            await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<RemoveGroupOutcome> RemoveAsync(
        string group, bool force = false, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidGroup(group);
        return await RemoveAsync(group, type: string.Empty, force, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<RemoveGroupOutcome> UnsubscribeAsync(
        string group, string type, bool force = false, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidGroup(group);
        NameRules.ThrowIfInvalidType(type);
        return await RemoveAsync(group, type, force, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<long> DiscardUnroutedAsync(string type, CancellationToken cancellationToken = default)
    {
        NameRules.ThrowIfInvalidType(type);
        cancellationToken.ThrowIfCancellationRequested();
        var discarded = await Task.WhenAll(keyspace.Partitions.Select(
            partition => DiscardUnroutedAsync(partition, type, cancellationToken))).ConfigureAwait(false);
        return discarded.Sum();
    }

    private static void ThrowIfInvalid(string group)
    {
        if (group != TriggerMatcher.Group)
        {
            NameRules.ThrowIfInvalidGroup(group);
        }
    }

    private async ValueTask<RemoveGroupOutcome> RemoveAsync(string group, string type, bool force, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RemoveGroupRequest NextStep(Partition partition) => new()
        {
            Partition = partition,
            Group = group,
            Type = type,
            Force = force,
            Most = Step,
        };

        var last = await Task.WhenAll(keyspace.Partitions.Select(partition => RepeatAsync(() => NextStep(partition), cancellationToken)))
            .ConfigureAwait(false);
        return last.Any(static step => step.Word == "busy") ? RemoveGroupOutcome.HasConsumers
            : last.Any(static step => step.Word == "done") ? RemoveGroupOutcome.Removed : RemoveGroupOutcome.NotFound;
    }

    // The pause that ends last, where partitions differ: an earlier call did not reach all of them.
    private static GroupPause? LongestOf(IEnumerable<GroupPause> pauses) =>
        pauses.MaxBy(static pause => pause.Until ?? DateTimeOffset.MaxValue);

    // The one that orders most, where partitions differ.
    private static KeyMode? ModeOf(IEnumerable<ListedGroup> same) =>
        same.Where(static one => one.Mode.Places > 0).MinBy(static one => one.Mode.Places)?.Mode;

    private async ValueTask<IReadOnlyList<GroupRecord>> ReadAsync(string? only, CancellationToken cancellationToken)
    {
        var listed = await ListAsync(only, cancellationToken).ConfigureAwait(false);
        var consumers = await ListConsumersAsync(cancellationToken).ConfigureAwait(false);
        return await Task.WhenAll(listed.SelectMany(static groups => groups).GroupBy(static one => one.Name, StringComparer.Ordinal)
            .OrderBy(static same => same.Key, StringComparer.Ordinal)
            .Select(async same => new GroupRecord
            {
                Name = same.Key,
                Types = [.. same.SelectMany(static one => one.Types).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                Pause = LongestOf(same.Select(static one => one.Pause).OfType<GroupPause>()),
                Concurrency = same.Select(static one => one.Concurrency).MinBy(static one => one?.Concurrency ?? int.MaxValue),
                ConcurrencyPerKey = ModeOf(same) is { Orders: true } ordered ? ordered.Places : null,
                MaxBacklogPerKey = ModeOf(same) is { MaxBacklog: > 0 } bounded ? bounded.MaxBacklog : null,
                OnDead = ModeOf(same) is { Orders: true } mode ? mode.HoldsDead ? DeadLetters.Hold : DeadLetters.PassBy : null,
                Counts = await events.CountAsync(same.Key, cancellationToken).ConfigureAwait(false),
                Consumers = [.. consumers.Where(consumer => consumer.Groups.Any(group => group.Group == same.Key))],
            })).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<ListedGroup[]>> ListAsync(string? only, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await new FailedPartitions().ReadAllAsync(
            keyspace.Partitions,
            partition => ListAsync(partition, only, deadline), cancellationToken).ConfigureAwait(false);
    }

    private Task<ListedGroup[]> ListAsync(Partition partition, string? only, Deadline deadline) => keyspace.Operations.ReadAsync(
        "list groups", partition, new GroupsRequest { Partition = partition, Now = keyspace.PinnedNow, Only = only }, deadline);

    private async ValueTask<bool> IsKnownAsync(string group, CancellationToken cancellationToken) =>
        (await ListAsync(group, cancellationToken).ConfigureAwait(false)).Any(static groups => groups.Length > 0);

    private async Task<ConsumerRecord[]> ConsumersOf(Partition partition, Deadline deadline)
    {
        const CommandFlags Flags = CommandFlags.DemandMaster;
        var names = await keyspace.Operations.ReadIndexAsync(
            "list consumers", partition, partition.Keys.Consumers,
            database => database.SortedSetRangeByRankAsync(partition.Keys.Consumers, 0, MaxConsumers - 1, flags: Flags),
            deadline).ConfigureAwait(false);
        var found = await Task.WhenAll(names.Select(name => keyspace.Operations.ReadAsync(
            "list consumers", partition,
            database => database.HashGetAllAsync(partition.Keys.Consumer(name.ToString()), Flags), deadline))).ConfigureAwait(false);
        return [.. names.Zip(found, static (name, hash) => ConsumerHash.Read(name.ToString(), hash)).OfType<ConsumerRecord>()];
    }

    // All partitions at the same time. Each is awaited, also where another one fails.
    private async Task<bool[]> ChangeAsync(Func<Partition, LaneRequest<bool>> request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var deadline = keyspace.Begin(cancellationToken);
        return await Task.WhenAll(keyspace.Partitions.Select(
            partition => keyspace.Operations.RunAsync(request(partition), deadline).AsTask())).ConfigureAwait(false);
    }

    // As many as there are now: what is published meanwhile comes behind them.
    private async Task<long> DiscardUnroutedAsync(Partition partition, string type, CancellationToken cancellationToken)
    {
        var list = partition.Keys.Unrouted(type);
        var rest = await keyspace.Operations.ReadIndexAsync(
            "discard events that no group has taken", partition, list,
            database => database.ListLengthAsync(list, CommandFlags.DemandMaster), keyspace.Begin(cancellationToken)).ConfigureAwait(false);
        var discarded = 0L;
        for (var isDone = rest == 0; !isDone; cancellationToken.ThrowIfCancellationRequested())
        {
            var most = (int)Math.Min(rest, Step);
            var step = await keyspace.Operations.RunAsync(
                new DiscardUnroutedRequest { Partition = partition, Type = type, Most = most }, keyspace.Begin(cancellationToken))
                .ConfigureAwait(false);
            (discarded, rest) = (discarded + step.Count, rest - most);
            isDone = step.Word == "done" || rest == 0;
        }

        return discarded;
    }

    // Until nothing is left. Answers the last step, with the number of entries of all.
    private async Task<RemovalStep> RepeatAsync(Func<LaneRequest<RemovalStep>> request, CancellationToken cancellationToken)
    {
        var (removed, isRepeated) = (0, false);
        while (true)
        {
            var step = await keyspace.Operations.RunAsync(request(), keyspace.Begin(cancellationToken)).ConfigureAwait(false);
            removed += step.Word is "done" or "more" ? step.Count : 0;
            if (step.Word != "more")
            {
                return isRepeated && step.Word == "not-found" ? new RemovalStep("done", removed) : step with { Count = removed };
            }

            isRepeated = true;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
