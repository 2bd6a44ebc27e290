using EventTriggers.Redis.Operations;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>
/// The calls of the API, each within the time of its caller. An operation changes something and happens once, however often it is sent; a
/// read is repeated at will. Both wait until their partition can be used.
/// </summary>
internal sealed class RedisOperations(Keyspace keyspace)
{
    /// <summary>Sends one operation, under the same number until it is confirmed.</summary>
    /// <param name="request">The operation; this gives it its lane and number.</param>
    /// <param name="deadline">The time of the call of the API that it is part of; a new one for a call by itself.</param>
    /// <returns>What the script answers.</returns>
    public async ValueTask<TReply> RunAsync<TReply>(LaneRequest<TReply> request, Deadline? deadline = null)
    {
        var (time, partition) = (deadline ?? keyspace.Begin(), request.Partition);
        await keyspace.GateOf(partition).OpenAsync(request.What, time).ConfigureAwait(false);
        var lane = partition.Rent();
        request.Enter(lane);
        try
        {
            return await keyspace.Retry.RunAsync(new RetriedCall(request.What, partition.Keys.Root), time, () =>
            {
                request.Now = keyspace.PinnedNow;
                return keyspace.Scripts.RunAsync(request);
            }).ConfigureAwait(false);
        }
        finally
        {
            // Even when a call that is no longer awaited may still arrive: the server ignores a call that arrives after its successor.
            partition.Return(lane);
        }
    }

    /// <summary>Runs a script that may be repeated at will, until it is answered.</summary>
    /// <param name="what">Names the operation in exceptions.</param>
    /// <param name="partition">Where.</param>
    /// <param name="request">The call.</param>
    /// <param name="deadline">The time of the call of the API that it is part of; a new one for a call by itself.</param>
    /// <returns>What the script answers.</returns>
    public Task<TReply> ReadAsync<TReply>(string what, Partition partition, IScriptRequest<TReply> request, Deadline? deadline = null) =>
        ReadAsync(what, partition, _ => keyspace.Scripts.RunAsync(request).AsTask(), deadline);

    /// <summary>Reads, and repeats that until it is answered.</summary>
    /// <param name="what">Names the operation in exceptions.</param>
    /// <param name="partition">Where.</param>
    /// <param name="read">Reads.</param>
    /// <param name="deadline">The time of the call of the API that it is part of; a new one for a call by itself.</param>
    /// <returns>What was read.</returns>
    public async Task<T> ReadAsync<T>(string what, Partition partition, Func<IDatabase, Task<T>> read, Deadline? deadline = null)
    {
        var time = deadline ?? keyspace.Begin();
        await keyspace.GateOf(partition).OpenAsync(what, time, changes: false).ConfigureAwait(false);
        return await keyspace.Retry.RunAsync(
            new RetriedCall(what, partition.Keys.Root) { Changes = false }, time,
            () => new ValueTask<T>(read(keyspace.Database))).ConfigureAwait(false);
    }

    /// <summary>Reads a page of an index.</summary>
    /// <exception cref="ForeignKeyException">The key holds a value of another type.</exception>
    public async Task<T> ReadIndexAsync<T>(string what, Partition partition, RedisKey key, Func<IDatabase, Task<T>> read, Deadline deadline)
    {
        try
        {
            return await ReadAsync(what, partition, read, deadline).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (RedisFailures.IsOfAnotherType(e.InnerException))
        {
            var type = await ReadAsync(
                what, partition, database => database.KeyTypeAsync(key, CommandFlags.DemandMaster), deadline).ConfigureAwait(false);
            throw RedisKeys.Misused(key.ToString(), type.ToString());
        }
    }
}
