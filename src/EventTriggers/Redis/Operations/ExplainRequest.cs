using System.Globalization;
using EventTriggers.Events;
using EventTriggers.Triggers.Matching;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>explain.lua: tells what a trigger does with an event, and changes nothing.</summary>
internal sealed class ExplainRequest : IScriptRequest<ExplainReply>
{
    // A number that comes after every event that was accepted.
    private const string Last = "f999999999999999";

    public Script Script => Script.Explain;

    /// <summary>Gets the partition of the trigger.</summary>
    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the number of values of its key of which a trigger keeps something.</summary>
    public required int MostLiveKeys { get; init; }

    /// <summary>Gets the id of the event.</summary>
    public required string EventId { get; init; }

    /// <summary>Gets when the event was published, in unix ms; <see langword="null"/> for now.</summary>
    public required long? PublishedMs { get; init; }

    /// <summary>Gets the event's own number; <see langword="null"/> for the next.</summary>
    public required long? Number { get; init; }

    /// <summary>Gets the event as JSON, as it stands among the sources of a firing.</summary>
    public required byte[] Source { get; init; }

    public required string TriggerId { get; init; }

    /// <summary>Gets the trigger's version.</summary>
    public required string Version { get; init; }

    /// <summary>Gets the event for one value of the trigger's key; <see langword="null"/> for a trigger without a rule over time.</summary>
    public required KeyedEvent? Keyed { get; init; }

    public void Write(ScriptCall call)
    {
        var (keys, raised) = (Partition.Keys, DerivedIds.Raised(TriggerId, EventId));
        var member = Keyed?.Member ?? string.Empty;
        call.Key(keys.Root).Key(keys.Triggers).Key(keys.Trigger(TriggerId)).Key(keys.Event(raised)).Key(keys.Seen(raised));
        foreach (var key in keys.OverTime(member))
        {
            call.Key(key);
        }

        call.Key(keys.Distinct(member, Keyed?.Distinct ?? string.Empty));
        call.Add(Now).Add(MostLiveKeys).Add(PublishedMs ?? RedisValue.EmptyString).Add(Entry()).Add(EventId).Add(Source);
        call.Add(TriggerId).Add(Version).Add(raised).Add(member).Add(Keyed?.Roles ?? string.Empty);
    }

    public ExplainReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var (outcome, now, raised) = (reader.NextString()!, reader.NextInt64(), reader.NextString()!);
        return reader.Count == ExplainReply.Words
            ? new ExplainReply(outcome, now, raised)
            : new ExplainReply(outcome, now, raised)
            {
                HasState = true,
                EntryScore = ToMs(reader.NextString()),
                AnswerScore = ToMs(reader.NextString()),
                DueMs = ToMs(reader.NextString()),
                IsStale = reader.NextString() == "1",
                Entries = ReadEntries(ref reader),
                Answers = ReadEntries(ref reader),
                Answer = ReadEntries(ref reader) is [var answer] ? answer : null,
                FiredMs = ReadMoments(ref reader),
                SameValue = ReadEvent(ref reader),
            };
    }

    private string Entry()
    {
        var number = Number?.ToString(CultureInfo.InvariantCulture);
        return number is null ? $"{Last}{EventId}" : $"{number.Length:x}{number}{EventId}";
    }

    private static long? ToMs(string? text) =>
        string.IsNullOrEmpty(text) ? null : (long)double.Parse(text, CultureInfo.InvariantCulture);

    // An entry is the number of digits of the event's number, the number, and the event's id.
    private static (string Id, long Ms)[] ReadEntries(ref FlatReply reader)
    {
        var entries = new (string Id, long Ms)[reader.NextList() / 2];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = reader.NextString()!;
            var first = entry.AsSpan(0, Math.Min(1, entry.Length));
            var digits = int.TryParse(first, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var n) ? n : 0;
            entries[i] = (entry[Math.Min(entry.Length, 1 + digits)..], reader.NextInt64());
        }

        return entries;
    }

    private static (string Id, long Ms)? ReadEvent(ref FlatReply reader) =>
        reader.NextList() == 2 ? (reader.NextString()!, reader.NextInt64()) : null;

    private static long[] ReadMoments(ref FlatReply reader)
    {
        var moments = new long[reader.NextList()];
        for (var i = 0; i < moments.Length; i++)
        {
            moments[i] = (long)double.Parse(reader.NextString()!, CultureInfo.InvariantCulture);
        }

        return moments;
    }
}
