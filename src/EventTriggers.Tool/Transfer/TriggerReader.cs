using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventTriggers.Tool.Transfer;

/// <summary>Makes the trigger that an exported one describes.</summary>
internal static class TriggerReader
{
    // As short as it can be written: patterns and templates have a largest size.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="stored">The exported trigger.</param>
    /// <param name="due">When a trigger that fires once is due.</param>
    /// <exception cref="ArgumentException">Something is missing, or not allowed; the message names it.</exception>
    public static Trigger Read(StoredTrigger stored, DateTimeOffset? due) => Trigger.From(ToRecord(stored, due));

    private static TriggerRecord ToRecord(StoredTrigger stored, DateTimeOffset? due) => new()
    {
        Id = stored.Id,
        Kind = stored.Kind,
        Status = stored.Status,
        EventType = stored.EventType,
        Payload = PayloadOf(stored),
        Template = TextOf(stored.Template),
        Options = OptionsOf(stored.Options),
        DueAt = due,
        Interval = stored.Interval,
        Cron = stored.Cron,
        Zone = stored.Zone,
        StartsAt = stored.StartsAt,
        Jitter = stored.Jitter ?? TimeSpan.Zero,
        Misfire = stored.Misfire is { } misfire ? MisfireOf(misfire) : null,
        SkipsWhileRunning = stored.SkipsWhileRunning ?? false,
        ExceptOn = stored.ExceptOn ?? [],
        SourceType = stored.SourceType,
        SourceAliases = stored.SourceAliases ?? [],
        Pattern = TextOf(stored.Pattern),
        OverTime = RuleOf(stored.OverTime),
        CancelOn = stored.CancelOn is not { } cancel ? null : new CancelOnRecord
        {
            Type = cancel.Type,
            Aliases = cancel.Aliases ?? [],
            Pattern = TextOf(cancel.Pattern),
        },
        Until = stored.Until,
        MaxFirings = LeftOf(stored),
        AddedAt = default,
        FiringCount = 0,
        Tags = stored.Tags ?? [],
    };

    // What had fired before does not fire again.
    private static int? LeftOf(StoredTrigger stored)
    {
        if (stored.MaxFirings is not { } most)
        {
            return null;
        }

        return most - stored.FiringCount > 0
            ? (int)(most - stored.FiringCount)
            : throw new ArgumentException(
                $"maxFirings is {most}, and firingCount {stored.FiringCount}: no firing is left.", nameof(stored));
    }

    private static ReadOnlyMemory<byte> PayloadOf(StoredTrigger stored) => (stored.Payload, stored.Template) switch
    {
        ({ } payload, null) => Encoding.UTF8.GetBytes(TextOf(payload)!),
        (null, { }) => ReadOnlyMemory<byte>.Empty,
        _ => throw new ArgumentException("It needs either payload or template.", nameof(stored)),
    };

    private static Misfire MisfireOf(string word) => word switch
    {
        "once" => Misfire.FireOnce,
        "skip" => Misfire.Skip,
        _ when word.StartsWith("all:", StringComparison.Ordinal) && Parsing.Numbers.Parse(word.AsSpan(4)) is { } limit =>
            Misfire.FireAll(limit),
        _ => throw new ArgumentException($"misfire must be 'once', 'skip', or 'all:' and a limit, but is '{word}'.", nameof(word)),
    };

    private static PublishOptions? OptionsOf(StoredOptions? options) => options is null ? null : new PublishOptions
    {
        Delay = options.Delay,
        ExpiresAfter = options.ExpiresAfter,
        CorrelationId = options.CorrelationId,
        Key = options.Key,
        Priority = options.Priority ?? Priority.Normal,
        Headers = options.Headers,
    };

    private static OverTimeRecord? RuleOf(StoredOverTime? rule) => rule is null ? null : new OverTimeRecord
    {
        Kind = rule.Kind,
        Count = rule.Count,
        Span = rule.Span,
        MaxWait = rule.MaxWait,
        Per = rule.Per,
        NextType = rule.NextType,
        NextAliases = rule.NextAliases ?? [],
        NextPattern = TextOf(rule.NextPattern),
        NextPer = rule.NextPer,
        DistinctBy = rule.DistinctBy,
        DistinctSpan = rule.DistinctSpan,
        AtMost = rule.AtMost,
        AtMostSpan = rule.AtMostSpan,
    };

    // Without the white space of the file.
    private static string? TextOf(JsonElement? json)
    {
        if (json is not { } element)
        {
            return null;
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            element.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
