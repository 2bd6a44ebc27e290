using System.Globalization;
using EventTriggers.Events;

namespace EventTriggers.Triggers.OverTime;

/// <summary>What a trigger over time asks for, as it is stored: times in ms, fields as JSON pointers.</summary>
internal sealed record OverTimeRule
{
    /// <summary>The fields of a trigger's hash that hold a rule.</summary>
    public static readonly string[] Fields = ["over", "per", "next", "nextpattern", "nextper", "distinct", "throttle"];

    public required OverTimeKind Kind { get; init; }

    public required long Count { get; init; }

    public required long Span { get; init; }

    public required long LongestWait { get; init; }

    public string? Per { get; init; }

    /// <summary>Gets the wire names of the events that follow or answer, as a <see cref="NameList"/>.</summary>
    public string? NextType { get; init; }

    public EventPattern? NextPattern { get; init; }

    public string? NextPer { get; init; }

    public string? Distinct { get; init; }

    public long DistinctSpan { get; init; }

    public long Throttle { get; init; }

    public long ThrottleSpan { get; init; }

    /// <summary>Reads a definition.</summary>
    public static OverTimeRule From(OverTimeDefinition definition, EventTypes types, IEventSerializer serializer) => new()
    {
        Kind = definition.Kind,
        Count = definition.Count,
        Span = Ms(definition.Span),
        LongestWait = Ms(definition.LongestWait),
        Per = definition.Per?.ToPointer(serializer.Options),
        NextType = definition.NextType ?? (definition.NextPayload is { } payload ? NameList.Join(types.NamesOf(payload)) : null),
        NextPattern = definition.NextCondition?.Read(serializer.Options),
        NextPer = definition.NextPer?.ToPointer(serializer.Options),
        Distinct = definition.Distinct?.ToPointer(serializer.Options),
        DistinctSpan = Ms(definition.DistinctSpan),
        Throttle = definition.Throttle,
        ThrottleSpan = Ms(definition.ThrottleSpan),
    };

    /// <summary>Reads a rule from a hash; <see langword="null"/> for a trigger that fires for each event.</summary>
    /// <param name="field">Gets the values of <see cref="Fields"/>.</param>
    /// <exception cref="ArgumentException">The hash holds something else.</exception>
    public static OverTimeRule? Parse(Func<string, string?> field)
    {
        if (field("over") is not { } over)
        {
            return null;
        }

        var (words, throttle) = (over.Split(' '), (field("throttle") ?? "0 0").Split(' '));
        var distinct = field("distinct")?.Split(' ', 2);
        return words.Length == 4 && ParseKind(words[0]) is { } kind ? new OverTimeRule
        {
            Kind = kind,
            Count = Number(words[1]),
            Span = Number(words[2]),
            LongestWait = Number(words[3]),
            Per = field("per"),
            NextType = field("next"),
            NextPattern = field("nextpattern") is { } pattern ? EventPattern.Parse(pattern) : null,
            NextPer = field("nextper"),
            Distinct = distinct?[1],
            DistinctSpan = distinct is null ? 0 : Number(distinct[0]),
            Throttle = Number(throttle[0]),
            ThrottleSpan = Number(throttle[1]),
        }
        : throw new ArgumentException($"The hash holds the unknown rule over time '{over}'.", nameof(field));
    }

    /// <summary>Writes the rule as fields and values of a hash.</summary>
    public IEnumerable<(string Name, string? Value)> ToFields() =>
    [
        ("over", FormattableString.Invariant($"{Word} {Count} {Span} {LongestWait}")),
        ("per", Per),
        ("next", NextType),
        ("nextpattern", NextPattern?.ToString()),
        ("nextper", NextPer),
        ("distinct", Distinct is null ? null : FormattableString.Invariant($"{DistinctSpan} {Distinct}")),
        ("throttle", Throttle == 0 ? null : FormattableString.Invariant($"{Throttle} {ThrottleSpan}")),
    ];

    /// <summary>Gets the kind as scripts know it.</summary>
    public string Word => Kind switch
    {
        OverTimeKind.Each => "each",
        OverTimeKind.Count => "count",
        OverTimeKind.FollowedBy => "then",
        OverTimeKind.NotFollowedBy => "without",
        OverTimeKind.Debounce => "debounce",
        _ => throw new InvalidOperationException($"There is no kind {Kind}."),
    };

    private static OverTimeKind? ParseKind(string word) => word switch
    {
        "each" => OverTimeKind.Each,
        "count" => OverTimeKind.Count,
        "then" => OverTimeKind.FollowedBy,
        "without" => OverTimeKind.NotFollowedBy,
        "debounce" => OverTimeKind.Debounce,
        _ => null,
    };

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static long Ms(TimeSpan span) => (long)Math.Ceiling(span.TotalMilliseconds);
}
