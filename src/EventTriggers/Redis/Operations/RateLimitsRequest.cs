using System.Globalization;
using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>rate_limits.lua: lists the rate limits that a partition keeps.</summary>
internal sealed class RateLimitsRequest : IScriptRequest<IReadOnlyList<RateLimitRecord>>
{
    private const int Values = 6;

    public Script Script => Script.RateLimits;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the group whose limits are listed; <see langword="null"/> for all.</summary>
    public required string? Group { get; init; }

    public void Write(ScriptCall call) =>
        call.Key(Partition.Keys.Root).Key(Partition.Keys.RateLimits).Add(Now).Add(Group ?? string.Empty);

    public IReadOnlyList<RateLimitRecord> Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var limits = new RateLimitRecord[reader.Count / Values];
        for (var i = 0; i < limits.Length; i++)
        {
            var name = reader.NextString()!;
            var told = reader.NextString()!.Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(static one => one.Split(' ', 2)).ToArray();
            var set = reader.NextString()!.Split(' ', 5);
            var configured = told.Length > 0 ? NumbersOf(told[0][1].Split(' ')) : null;
            limits[i] = new RateLimitRecord
            {
                Name = name,
                Groups = [.. told.Select(static one => one[0])],
                Limit = set.Length > 1 ? NumbersOf(set) : configured!,
                Configured = configured,
                SetAt = set.Length > 1 ? UnixTime.ToDateTimeOffset(Number(set[3])) : null,
                SetBy = set.Length > 1 && set[4].Length > 0 ? set[4] : null,
                Used = double.Parse(reader.NextString()!, CultureInfo.InvariantCulture),
                NextAt = MomentOf(ref reader),
                StandsStillUntil = MomentOf(ref reader),
            };
        }

        return limits;
    }

    private static LimitOptions NumbersOf(string[] numbers) => new()
    {
        Count = (int)Number(numbers[0]), Per = TimeSpan.FromMicroseconds(Number(numbers[1])), Burst = (int)Number(numbers[2]),
    };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset? MomentOf(ref FlatReply reader) =>
        reader.TryNextInt64(out var ms) ? UnixTime.ToDateTimeOffset(ms) : null;
}
