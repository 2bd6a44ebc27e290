using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;
using StackExchange.Redis;

namespace EventTriggers.Tool.Examining;

/// <summary>Measures the memory of some events.</summary>
internal static class EventMemory
{
    private const string Name = "event size";
    private const int MostMeasured = 20;

    // An event's key does not tell its partition, so each is tried.
    private const int MostPartitions = 16;

    public static async Task<Check> MeasureAsync(BusCall call)
    {
        if (call.Bus.Meta!.Partitions > MostPartitions)
        {
            return new Check(Name, Level.Ok, "Not measured: there are more than 16 partitions");
        }

        try
        {
            List<long> sizes = [];
            foreach (var id in await FindAsync(call))
            {
                sizes.Add(await MeasureAsync(call, id));
            }

            return new Check(Name, Level.Ok, sizes.Count == 0
                ? "Not measured: there are no events"
                : $"{Words.Bytes(sizes.Average())} an event, on average of {Words.Count(sizes.Count, "event", "events")}");
        }
        catch (RedisServerException)
        {
            // Only this needs the command, so the user need not have it.
            return new Check(Name, Level.Ok, "Not measured: the user may not run MEMORY USAGE");
        }
    }

    private static async Task<IReadOnlyList<string>> FindAsync(BusCall call)
    {
        List<string> ids = [];
        foreach (var group in await call.Bus.Groups.ListAsync(call.Token))
        {
            var page = await call.Bus.Events.ListAsync(new EventQuery { Group = group.Name }, cursor: null, MostMeasured, call.Token);
            ids.AddRange(page.Events.Select(static one => one.Id));
        }

        return [.. ids.Distinct(StringComparer.Ordinal).Take(MostMeasured)];
    }

    private static async Task<long> MeasureAsync(BusCall call, string id)
    {
        var sum = 0L;
        for (var partition = 0; partition < call.Bus.Meta!.Partitions; partition++)
        {
            RedisKey key = FormattableString.Invariant($"{{{call.Bus.Settings.Prefix}:{partition}}}:event:{id}");
            var reply = await call.Bus.Connection.GetDatabase().ExecuteAsync("MEMORY", "USAGE", key).WaitAsync(call.Token);
            sum += reply.IsNull ? 0 : (long)reply;
        }

        return sum;
    }
}
