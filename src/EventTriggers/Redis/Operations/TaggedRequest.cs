using System.Globalization;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>tagged.lua: reads a page of the triggers that have a tag, by their ids.</summary>
internal sealed class TaggedRequest : IScriptRequest<TaggedPage>
{
    private const int Words = 3;

    public Script Script => Script.Tagged;

    public required Partition Partition { get; init; }

    public required string Tag { get; init; }

    /// <summary>Gets the id after which the page begins; empty for the first page.</summary>
    public required string After { get; init; }

    /// <summary>Gets how many ids to look at.</summary>
    public required int Count { get; init; }

    public void Write(ScriptCall call)
    {
        var keys = Partition.Keys;
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.EndedTriggers).Key(keys.Tagged(Tag));
        call.Add(After).Add(Count);
    }

    /// <exception cref="ForeignKeyException">A key holds a value of another type.</exception>
    public TaggedPage Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var last = reader.NextString()!;
        RedisKeys.ThrowIfMisused(last);
        var triggers = new TaggedTrigger[(reader.Count - 1) / Words];
        for (var i = 0; i < triggers.Length; i++)
        {
            var (id, place, score) = (reader.NextString()!, reader.NextString(), reader.NextString()!);
            triggers[i] = new TaggedTrigger(id, place == "ended", double.Parse(score, CultureInfo.InvariantCulture));
        }

        return new TaggedPage(last, triggers);
    }
}
