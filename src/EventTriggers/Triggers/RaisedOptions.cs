using System.Globalization;
using System.Text;
using EventTriggers.Events;

namespace EventTriggers.Triggers;

/// <summary>
/// The options of the events that a trigger raises, as its hash holds them in the field 'options'; options_of() in _firing.lua reads it.
/// </summary>
/// <param name="DelayMs">How long after its firing an event becomes ready; 0 for at once.</param>
/// <param name="ExpiresMs">How long after its firing an event expires; 0 for never.</param>
/// <param name="CorrelationId">The correlation id; <see langword="null"/> where that of the matched event is carried on.</param>
/// <param name="Headers">The headers as JSON; '' where those of the matched event are carried on.</param>
internal sealed record RaisedOptions(long DelayMs, long ExpiresMs, string? CorrelationId, string Headers)
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
        var (delay, expires) = OutgoingEvents.TimesOf(options);
        var headers = EventTexts.WriteHeaders(options.Headers, nameof(options)) ?? string.Empty;
        var raised = new RaisedOptions(delay ?? 0, expires ?? 0, options.CorrelationId, headers);
        return raised == new RaisedOptions(0, 0, null, string.Empty) ? null : raised;
    }

    /// <summary>Reads a field of a hash.</summary>
    /// <exception cref="FormatException">It holds something else.</exception>
    public static RaisedOptions Parse(string field)
    {
        if (field.Split(' ', 4) is not [var delay, var expires, var length, var rest])
        {
            throw new FormatException("It is not what the library writes.");
        }

        var (size, bytes) = (Number(length), Encoding.UTF8.GetBytes(rest));
        var at = (int)Math.Clamp(size, 0, bytes.Length);
        var correlation = size < 0 ? null : Encoding.UTF8.GetString(bytes, 0, at);
        return new RaisedOptions(Number(delay), Number(expires), correlation, Encoding.UTF8.GetString(bytes, at, bytes.Length - at));
    }

    public PublishOptions ToPublishOptions() => new()
    {
        Delay = DelayMs == 0 ? null : UnixTime.ToTimeSpan(DelayMs),
        ExpiresAfter = ExpiresMs == 0 ? null : UnixTime.ToTimeSpan(ExpiresMs),
        CorrelationId = CorrelationId,
        Headers = Headers.Length == 0 ? null : HeaderJson.Read(Encoding.UTF8.GetBytes(Headers)),
    };

    public override string ToString()
    {
        var size = CorrelationId is null ? -1 : Encoding.UTF8.GetByteCount(CorrelationId);
        return string.Create(CultureInfo.InvariantCulture, $"{DelayMs} {ExpiresMs} {size} {CorrelationId}{Headers}");
    }

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string? Problem(PublishOptions options) => options switch
    {
        { Id: not null } => "Id: the trigger's id and the occurrence decide it",
        { DueAt: not null } => "DueAt: a trigger may fire more than once; use Delay, or Trigger.At",
        { Key: not null } => "Key: such events have no key yet",
        { CancelOn: not null } => "CancelOn: the event does not exist yet; give the trigger CancelOn",
        _ => null,
    };
}
