using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace EventTriggers;

/// <summary>
/// Handles the deliveries of the internal group '$triggers': fires the triggers that wait for the event's type. It is a consumer like
/// any other, so matching is claimed, retried and fenced like handling.
/// </summary>
internal sealed class TriggerMatcher(Keyspace keyspace, Verdict verdict) : IDeliveryRunner
{
    /// <summary>The group's name; hosts cannot choose it, because '$' is refused.</summary>
    public const string Group = "$triggers";

    private const int Batch = 50;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>The id of the event that a trigger raises for another event: the same however often that one is delivered.</summary>
    public static EventId RaisedId(TriggerId trigger, EventId source)
    {
        // A trigger id with a '/' could be read as another trigger's id and a part of the source's: the hash keeps them apart.
        var id = $"{trigger}/{source}";
        return id.Length <= EventId.MaxLength && !trigger.Value.Contains('/', StringComparison.Ordinal)
            ? new EventId(id)
            : new EventId($"{trigger}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source.Value)).AsSpan(0, 16))}");
    }

    public async ValueTask<Settlement> RunAsync(Lease lease)
    {
        try
        {
            await MatchAsync(lease).ConfigureAwait(false);
            return verdict.Of(lease, [], [], []);
        }
        catch (Exception e) when (RedisFailures.IsRedis(e) && lease.Interruption == Interruption.None)
        {
            // Redis, perhaps another partition's, is not the event's fault: it is tried again for as long as it takes.
            var limit = FirstRetry * Math.Pow(2, Math.Min(lease.Delivery.Attempt - 1, 5));
            return new Settlement(lease, Outcome.Retry) { Delay = limit * Random.Shared.NextDouble(), Failure = e };
        }
        catch (Exception e)
        {
            // The edge of the internal handler, the same as for a host's: a failure is an outcome.
            return verdict.Of(lease, [e], [], []);
        }
    }

    private async ValueTask MatchAsync(Lease lease)
    {
        var delivery = lease.Delivery;
        var sources = FiringJson.WriteSource(new SourceEvent
        {
            Id = delivery.Id,
            Type = delivery.Type,
            PublishedAt = Unix.Time(delivery.PublishedMs),
            Json = delivery.Json,
        });

        // By score: a trigger sees what is published after it began to watch, by the clock of the partition where both happened.
        var on = lease.Partition.Keys.On(delivery.Type);
        var members = await keyspace.Database.SortedSetRangeByScoreAsync(
            on, stop: delivery.PublishedMs, flags: CommandFlags.DemandMaster).ConfigureAwait(false);

        var watches = members.Select(static member => Watch.Parse(member.ToString()));
        foreach (var home in watches.GroupBy(watch => keyspace.PartitionOf(watch.Id.Value)))
        {
            foreach (var some in home.Chunk(Batch))
            {
                lease.Token.ThrowIfCancellationRequested();
                await FireAsync(home.Key, some, lease, sources).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask FireAsync(Partition home, Watch[] watches, Lease lease, byte[] sources)
    {
        var delivery = lease.Delivery;
        List<RedisKey> keys = [home.Keys.Root, home.Keys.Triggers, home.Keys.EndedTriggers];
        List<RedisValue> arguments =
        [
            keyspace.PinnedNow, home.ServerChannel, (long)keyspace.Options.DeduplicationWindow.TotalMilliseconds,
            .. keyspace.ProcessedRetention, delivery.PublishedMs, sources,
        ];
        foreach (var watch in watches)
        {
            var raised = RaisedId(watch.Id, delivery.Id).Value;
            keys.AddRange([home.Keys.Trigger(watch.Id.Value), home.Keys.Event(raised), home.Keys.Seen(raised)]);
            arguments.AddRange([watch.Id.Value, watch.Version, raised]);
        }

        var words = await keyspace.Scripts.RunForWordsAsync(Script.FireMatches, keys.ToArray(), arguments.ToArray()).ConfigureAwait(false);
        var ended = watches.Where((_, i) => words[i] == "ended").Select(static watch => (RedisValue)watch.Member).ToArray();
        if (ended.Length > 0)
        {
            await UnwatchAsync(lease.Partition, delivery.Type, ended).ConfigureAwait(false);
        }
    }

    private async ValueTask UnwatchAsync(Partition partition, string type, RedisValue[] members)
    {
        RedisKey[] keys = [partition.Keys.Root, partition.Keys.On(type), partition.Keys.Routes(type)];
        await keyspace.Scripts.RunForWordAsync(Script.Unwatch, keys, members).ConfigureAwait(false);
    }
}
