using EventTriggers.Events;
using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>An <see cref="EventQuery"/> as scripts take it. A filter that is empty lets every delivery pass.</summary>
internal sealed record EventFilter
{
    private const int LongestText = 1000;

    public required string Group { get; init; }

    /// <summary>Gets what to read: active (what has the places of the key), lists, delayed, leased, done, dead, ended.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Gets the statuses, as they stand in the hash of an event.</summary>
    public required IReadOnlyList<string> Statuses { get; init; }

    public string IdPrefix { get; init; } = string.Empty;

    public string Type { get; init; } = string.Empty;

    public string Key { get; init; } = string.Empty;

    public string CorrelationId { get; init; } = string.Empty;

    /// <summary>Gets a part of the error, with ASCII letters in lower case.</summary>
    public string Error { get; init; } = string.Empty;

    /// <summary>Gets the trigger that raised the event.</summary>
    public string Trigger { get; init; } = string.Empty;

    /// <summary>Gets the earliest time, in unix ms, inclusive.</summary>
    public long? FromMs { get; init; }

    /// <summary>Gets the latest time, in unix ms, exclusive.</summary>
    public long? BeforeMs { get; init; }

    public bool ReadsLists => Sources.Any(IsList);

    /// <summary>Gets the position before the first entry of the sorted sets.</summary>
    public IndexPosition Start => new(string.Empty, BeforeMs?.ToString(UnixTime.Format) ?? "+inf", []);

    // How the firing of the trigger begins in the event's hash.
    private string Firing => Trigger.Length == 0 ? string.Empty : $"{{\"trigger\":\"{Trigger}\",";

    private static string Lists => "lists";

    private static string Active => "active";

    /// <exception cref="ArgumentException">A filter is not allowed; the message names it.</exception>
    public static EventFilter From(EventQuery query, string group)
    {
        ThrowIfInvalid(query);
        DeliveryStatus[] statuses = query.Status is { } one ? [one] : Enum.GetValues<DeliveryStatus>();
        return new EventFilter
        {
            Group = group,
            Sources = [.. query.Key is null ? [] : ActiveOf(statuses), .. statuses.SelectMany(SourcesOf).Distinct(StringComparer.Ordinal)],
            Statuses = [.. statuses.Select(static status => status.ToString().ToLowerInvariant())],
            IdPrefix = query.IdPrefix ?? string.Empty,
            Type = query.Type ?? string.Empty,
            Key = query.Key ?? string.Empty,
            CorrelationId = query.CorrelationId ?? string.Empty,
            Error = query.ErrorContains is { } error ? LowerAscii(error) : string.Empty,
            Trigger = query.Trigger ?? string.Empty,
            FromMs = query.From is { } from ? UnixTime.CeilingMs(from) : null,
            BeforeMs = query.Before is { } before ? UnixTime.CeilingMs(before) : null,
        };
    }

    /// <summary>Makes the filters of a part of the indexes.</summary>
    public EventFilter Within(bool lists) =>
        this with { Sources = [.. Sources.Where(source => IsList(source) == lists)] };

    /// <summary>Tells whether a partition can hold what is asked for: all events of a key live in one.</summary>
    public bool CanBeIn(Partition partition, int partitions) =>
        Key.Length == 0 || partition.Index == Routing.PartitionOf(Key, partitions);

    /// <summary>Makes the filters of a bulk operation.</summary>
    /// <param name="query">The query.</param>
    /// <param name="group">The group.</param>
    /// <param name="statuses">The statuses that the operation changes; all of them if the query names none.</param>
    /// <exception cref="ArgumentException">A filter is not allowed, or the query asks for another status.</exception>
    public static EventFilter ForOperation(EventQuery query, string group, params ReadOnlySpan<DeliveryStatus> statuses)
    {
        if (query.Status is { } asked && !statuses.Contains(asked))
        {
            throw new ArgumentException(
                $"The status must be {string.Join(" or ", statuses.ToArray())}, or not be given, but is {asked}.", nameof(query));
        }

        // Delayed deliveries become ready, ready ones are claimed, and leased ones fail and are retried: in this order none is missed.
        // Those that wait for others of their key have their turn while the lists are gone through: the first lists come once more.
        var filter = From(query, group);
        string[] inOrder = ["delayed", Lists, "leased", "dead"];
        DeliveryStatus[] wanted = query.Status is { } one ? [one] : statuses.ToArray();
        string[] sources = [.. inOrder.Intersect(wanted.SelectMany(SourcesOf), StringComparer.Ordinal)
            .SelectMany(static source => source == Lists ? [Lists, "promoted"] : new[] { source })];
        return filter with
        {
            Sources = sources.Contains("delayed") && sources.Contains("leased") ? [.. sources, "retried"] : sources,
            Statuses = [.. wanted.Select(static status => status.ToString().ToLowerInvariant())],
        };
    }

    /// <summary>Gets the filters as fields of an operation's hash.</summary>
    /// <param name="hasAny">Whether the partition can hold what is asked for; if not, the operation ends there at once.</param>
    public IEnumerable<(string Field, RedisValue Value)> ToFields(bool hasAny) =>
    [
        ("group", Group), ("sources", hasAny ? string.Join(' ', Sources) : string.Empty), ("prefix", IdPrefix), ("type", Type),
        ("key", Key), ("correlation", CorrelationId), ("error", Error), ("firing", Firing),
        ("from", FromMs ?? RedisValue.EmptyString), ("before", BeforeMs ?? RedisValue.EmptyString),
    ];

    /// <summary>Says it in words.</summary>
    public string Describe() => QueryText.Join(
        ("group", Group), ("status", string.Join(" or ", Statuses)), ("type", Type), ("key", Key),
        ("ids that begin with", IdPrefix), ("correlation", CorrelationId), ("error with", Error), ("raised by", Trigger),
        ("from", QueryText.Of(FromMs)), ("before", QueryText.Of(BeforeMs)));

    /// <summary>Writes what stands before the positions of a page.</summary>
    public void WriteSources(ScriptCall call) => call.Add(Group).Add(Words(Sources)).Add(Words(Statuses));

    /// <summary>Writes the filters.</summary>
    public void Write(ScriptCall call)
    {
        call.Add(FromMs ?? RedisValue.EmptyString).Add(BeforeMs ?? RedisValue.EmptyString);
        call.Add(IdPrefix).Add(Type).Add(CorrelationId).Add(Error).Add(Firing).Add(Key);
    }

    /// <summary>Gets all of it as one text, which tells queries apart.</summary>
    public override string ToString() =>
        string.Join('\n', Group, Words(Statuses), FromMs, BeforeMs, IdPrefix, Type, Key, CorrelationId, Error, Trigger);

    private static void ThrowIfInvalid(EventQuery query)
    {
        if (query.Status is { } status && !Enum.IsDefined(status))
        {
            throw new ArgumentException($"The status must be a {nameof(DeliveryStatus)}, but is {status}.", nameof(query));
        }

        NameRules.ThrowIfInvalidIdPrefix(query.IdPrefix, nameof(query));
        if (query.Key is not null)
        {
            NameRules.ThrowIfInvalidKey(query.Key, nameof(query));
        }

        ThrowIfInvalidText(nameof(EventQuery.CorrelationId), query.CorrelationId);
        ThrowIfInvalidText(nameof(EventQuery.ErrorContains), query.ErrorContains);
        if (query.Trigger is not null)
        {
            NameRules.ThrowIfInvalidTriggerId(query.Trigger, nameof(query));
        }

        if (query.From >= query.Before)
        {
            throw new ArgumentException(
                $"{nameof(EventQuery.From)} must be before {nameof(EventQuery.Before)}, but is {query.From:O}, and {query.Before:O}.",
                nameof(query));
        }
    }

    private static void ThrowIfInvalidText(string name, string? text)
    {
        if (text?.Length is 0 or > LongestText)
        {
            throw new ArgumentException($"{name} must have 1 to {LongestText} characters, but has {text.Length}.", nameof(text));
        }
    }

    private static bool IsList(string source) => source == Lists || source == Active;

    // What has a place has not ended, or is a dead letter.
    private static string[] ActiveOf(DeliveryStatus[] statuses) =>
        statuses.Any(static one => one is DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Leased or DeliveryStatus.Dead)
            ? [Active]
            : [];

    private static IReadOnlyList<string> SourcesOf(DeliveryStatus status) => status switch
    {
        DeliveryStatus.Ready => [Lists],
        DeliveryStatus.Delayed => ["delayed"],
        DeliveryStatus.Leased => ["leased"],
        DeliveryStatus.Processed => ["done"],
        DeliveryStatus.Dead => ["dead"],

        // A canceled delivery stays in its list until a claim reaches it.
        DeliveryStatus.Canceled => [Lists, "ended"],
        _ => ["ended"],
    };

    private static string Words(IEnumerable<string> words) => $" {string.Join(' ', words)} ";

    // As Lua does in the server, which compares bytes.
    private static string LowerAscii(string text) => string.Create(text.Length, text, static (lower, from) =>
    {
        for (var i = 0; i < from.Length; i++)
        {
            lower[i] = char.IsAsciiLetterUpper(from[i]) ? char.ToLowerInvariant(from[i]) : from[i];
        }
    });
}
