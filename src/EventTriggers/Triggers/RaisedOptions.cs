using System.Globalization;
using System.Text;
using EventTriggers.Events;
using EventTriggers.Redis;

namespace EventTriggers.Triggers;

/// <summary>
/// The options of the events that a trigger raises, as its hash holds them in the field 'options'; options_of() in _firing.lua reads it.
/// </summary>
/// <param name="DelayMs">How long after its firing an event becomes ready; 0 for at once.</param>
/// <param name="ExpiresMs">How long after its firing an event expires; 0 for never.</param>
/// <param name="CorrelationId">The correlation id; <see langword="null"/> where that of the matched event is carried on.</param>
/// <param name="Headers">The headers as JSON; '' where those of the matched event are carried on.</param>
/// <param name="Key">The key; '' where that of the matched event is carried on.</param>
/// <param name="Priority">The priority.</param>
internal sealed record RaisedOptions(
    long DelayMs, long ExpiresMs, string? CorrelationId, string Headers, string Key, Priority Priority)
{
    /// <summary>Checks options.</summary>
    /// <returns>The options; <see langword="null"/> where they say nothing.</returns>
    /// <exception cref="ArgumentException">An option is not allowed, or not for an event that a trigger raises.</exception>
    public static RaisedOptions? From(PublishOptions? options)
    {
        if (options is null)
        {
            return null;
        }

        if (Problem(options) is { } problem)
        {
            throw new ArgumentException($"An event that a trigger raises cannot have {problem}.", nameof(options));
        }

        EventTexts.CheckCorrelation(options.CorrelationId, nameof(options));
        EventKeys.Check(options);
        Priorities.Check(options);
        var (delay, expires) = OutgoingEvents.TimesOf(options);
        var headers = EventTexts.WriteHeaders(options.Headers, nameof(options)) ?? string.Empty;
        var raised = new RaisedOptions(
            delay ?? 0, expires ?? 0, options.CorrelationId, headers, options.Key ?? string.Empty, options.Priority);
        return raised == new RaisedOptions(0, 0, null, string.Empty, string.Empty, Priority.Normal) ? null : raised;
    }

    /// <summary>Reads a field of a hash.</summary>
    /// <exception cref="FormatException">It holds something else.</exception>
    public static RaisedOptions Parse(string field)
    {
        if (field.Split(' ', 4) is not [var delay, var expires, var length, var rest])
        {
            throw new FormatException("It is not what the library writes.");
        }

        var (size, key) = length.Split(':', 2) is [var number, var name] ? (Number(number), name) : (Number(length), string.Empty);
        var bytes = Encoding.UTF8.GetBytes(rest);
        var at = (int)Math.Clamp(size, 0, bytes.Length);
        var correlation = size < 0 ? null : Encoding.UTF8.GetString(bytes, 0, at);
        var digits = delay.TrimEnd('h', 'l');
        var priority = Priorities.Read(delay[digits.Length..]) ?? throw new FormatException("It is not what the library writes.");
        var headers = Encoding.UTF8.GetString(bytes, at, bytes.Length - at);
        return new RaisedOptions(Number(digits), Number(expires), correlation, headers, key, priority);
    }

    public PublishOptions ToPublishOptions() => new()
    {
        Delay = DelayMs == 0 ? null : UnixTime.ToTimeSpan(DelayMs),
        ExpiresAfter = ExpiresMs == 0 ? null : UnixTime.ToTimeSpan(ExpiresMs),
        CorrelationId = CorrelationId,
        Key = Key.Length == 0 ? null : Key,
        Priority = Priority,
        Headers = Headers.Length == 0 ? null : HeaderJson.Read(Encoding.UTF8.GetBytes(Headers)),
    };

    public override string ToString()
    {
        var size = CorrelationId is null ? -1 : Encoding.UTF8.GetByteCount(CorrelationId);
        var key = Key.Length == 0 ? string.Empty : $":{Key}";
        var priority = Priorities.WordOf(Priority)?[..1];
        return string.Create(CultureInfo.InvariantCulture, $"{DelayMs}{priority} {ExpiresMs} {size}{key} {CorrelationId}{Headers}");
    }

    /// <summary>
    /// Tells why a trigger cannot raise events with the key: they would live in another partition than other events of the key.
    /// </summary>
    /// <returns>The reason; <see langword="null"/> if it can.</returns>
    public string? FindProblem(string trigger, int partitions) => Key.Length == 0 || LivesWith(trigger, Key, partitions)
        ? null
        : $"With {partitions} partitions, the id of a trigger whose events have a key must be the key, or begin with the key and a '/', so "
            + $"that all events of the key live in one partition, but the id is '{trigger}' and the key is '{Key}'.";

    /// <summary>Tells whether what a trigger raises lives in the partition of a key.</summary>
    public static bool LivesWith(string trigger, string key, int partitions) =>
        partitions == 1 || Routing.KeyOf(trigger).SequenceEqual(key);

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string? Problem(PublishOptions options) => options switch
    {
        { Id: not null } => "Id: the trigger's id and the occurrence decide it",
        { DueAt: not null } => "DueAt: a trigger may fire more than once; use Delay, or Trigger.At",
        { Unique: not null } => "Unique: its name would be that of events of other triggers, too; use SkipWhileRunning",
        { CancelOn: not null } => "CancelOn: the event does not exist yet; give the trigger CancelOn",
        _ => null,
    };
}
