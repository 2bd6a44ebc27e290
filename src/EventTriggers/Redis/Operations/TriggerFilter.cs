using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>A <see cref="TriggerQuery"/> as scripts take it. A filter that is empty lets every trigger pass.</summary>
internal sealed record TriggerFilter
{
    /// <summary>Gets the indexes to read, one after another: live and ended, or tagged.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    public string Tag { get; init; } = string.Empty;

    public string IdPrefix { get; init; } = string.Empty;

    public string Status { get; init; } = string.Empty;

    public string Kind { get; init; } = string.Empty;

    public string EventType { get; init; } = string.Empty;

    public string SourceType { get; init; } = string.Empty;

    /// <summary>Gets the earliest due time, in unix ms, inclusive.</summary>
    public long? FromMs { get; init; }

    /// <summary>Gets the latest due time, in unix ms, exclusive.</summary>
    public long? BeforeMs { get; init; }

    /// <summary>Gets the position before the first entry.</summary>
    public IndexPosition Start => new(string.Empty, IsByTime && FromMs is { } from ? from.ToString(UnixTime.Format) : "-inf", []);

    // A paused trigger keeps its due time in its hash only, so a range of the index is read for active ones alone.
    private bool IsByTime => Status == "active" && Sources is ["live"];

    /// <exception cref="ArgumentException">A filter is not allowed; the message names it.</exception>
    public static TriggerFilter From(TriggerQuery query)
    {
        ThrowIfInvalid(query);
        return new TriggerFilter
        {
            Sources = query switch
            {
                { Tag: not null } => ["tagged"],
                { Status: null } => ["live", "ended"],
                { Status: TriggerStatus.Active or TriggerStatus.Paused } => ["live"],
                _ => ["ended"],
            },
            Tag = query.Tag ?? string.Empty,
            IdPrefix = query.IdPrefix ?? string.Empty,
            Status = query.Status?.ToString().ToLowerInvariant() ?? string.Empty,
            Kind = query.Kind?.ToString().ToLowerInvariant() ?? string.Empty,
            EventType = query.EventType ?? string.Empty,
            SourceType = query.SourceType ?? string.Empty,
            FromMs = query.DueFrom is { } from ? UnixTime.CeilingMs(from) : null,
            BeforeMs = query.DueBefore is { } before ? UnixTime.CeilingMs(before) : null,
        };
    }

    /// <summary>Makes the filters of a bulk operation.</summary>
    /// <param name="query">The query.</param>
    /// <param name="statuses">The statuses that the operation changes; all of them if the query names none.</param>
    /// <exception cref="ArgumentException">A filter is not allowed, or the query asks for another status.</exception>
    public static TriggerFilter ForOperation(TriggerQuery query, params ReadOnlySpan<TriggerStatus> statuses) =>
        query.Status is { } asked && !statuses.Contains(asked)
            ? throw new ArgumentException(
                $"The status must be {string.Join(" or ", statuses.ToArray())}, or not be given, but is {asked}.", nameof(query))
            : From(query) with { Sources = [query.Tag is null ? "live" : "tagged"] };

    /// <summary>Gets the filters as fields of an operation's hash.</summary>
    public IEnumerable<(string Field, RedisValue Value)> ToFields() =>
    [
        ("sources", string.Join(' ', Sources)), ("tag", Tag), ("prefix", IdPrefix), ("trigger-status", Status), ("trigger-kind", Kind),
        ("type", EventType), ("on", SourceType), ("from", FromMs ?? RedisValue.EmptyString),
        ("before", BeforeMs ?? RedisValue.EmptyString),
    ];

    /// <summary>Says it in words.</summary>
    public string Describe()
    {
        var text = QueryText.Join(
            ("tag", Tag), ("status", Status), ("kind", Kind), ("publishing", EventType), ("waiting for", SourceType),
            ("ids that begin with", IdPrefix), ("due from", QueryText.Of(FromMs)), ("due before", QueryText.Of(BeforeMs)));
        return text.Length > 0 ? text : "all";
    }

    /// <summary>Writes where the live triggers end.</summary>
    public void WriteLast(ScriptCall call) => call.Add(IsByTime && BeforeMs is { } before ? before : RedisValue.EmptyString);

    /// <summary>Writes the filters.</summary>
    public void Write(ScriptCall call)
    {
        call.Add(IdPrefix).Add(Status).Add(Kind).Add(EventType).Add(SourceType);
        call.Add(FromMs ?? RedisValue.EmptyString).Add(BeforeMs ?? RedisValue.EmptyString);
    }

    /// <summary>Gets all of it as one text, which tells queries apart.</summary>
    public override string ToString() =>
        string.Join('\n', Tag, IdPrefix, Status, Kind, EventType, SourceType, FromMs, BeforeMs);

    private static void ThrowIfInvalid(TriggerQuery query)
    {
        if (query.Status is { } status && !Enum.IsDefined(status))
        {
            throw new ArgumentException($"The status must be a {nameof(TriggerStatus)}, but is {status}.", nameof(query));
        }

        if (query.Kind is { } kind && !Enum.IsDefined(kind))
        {
            throw new ArgumentException($"The kind must be a {nameof(TriggerKind)}, but is {kind}.", nameof(query));
        }

        NameRules.ThrowIfInvalidIdPrefix(query.IdPrefix, nameof(query));
    }
}
