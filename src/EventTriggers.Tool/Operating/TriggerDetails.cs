using System.Collections.ObjectModel;
using System.Globalization;
using System.Text;
using EventTriggers.Tool.Documents;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows everything that is known of a trigger.</summary>
internal static class TriggerDetails
{
    public static void Write(BusCall call, TriggerDocument document)
    {
        var (screen, trigger, now) = (call.Screen, document.Trigger, call.Bus.Now);
        screen.Field("trigger", trigger.Id, Style.Bold);
        screen.Field("status", Words.Of(trigger.Status), trigger.Status == TriggerStatus.Paused ? Style.Warning : Style.Plain);
        screen.Field("fires", TriggerWords.When(trigger));
        screen.Field("publishes", trigger.EventType);
        screen.Field("error", trigger.Error, Style.Bad);
        screen.Field("unreadable", trigger.Unreadable, Style.Bad);
        screen.Field("due", trigger.Kind != TriggerKind.On && trigger.DueAt is { } due ? Words.Moment(due, now) : null);
        screen.Field("fired", TimesOf(trigger, now));
        WriteRule(screen, trigger, now);
        WriteOptions(screen, trigger.Options);
        screen.Field("tags", string.Join(", ", trigger.Tags));
        screen.Field("added", Words.Moment(trigger.AddedAt, now));
        WriteJson(screen, "Pattern", trigger.Pattern);
        WriteJson(screen, "Pattern of what follows", trigger.OverTime?.NextPattern);
        WriteJson(screen, "Pattern of what cancels it", trigger.CancelOn?.Pattern);
        WriteJson(screen, "Template", trigger.Template);
        WriteJson(screen, "Payload", trigger.Template is null ? Encoding.UTF8.GetString(trigger.Payload.Span) : null);
        WriteTimes(call, document);
    }

    private static void WriteRule(Screen screen, TriggerRecord trigger, DateTimeOffset now)
    {
        screen.Field("also on", string.Join(", ", trigger.SourceAliases));
        screen.Field("starts", trigger.StartsAt is { } start ? Words.Moment(start, now) : null);
        screen.Field("until", trigger.Until is { } until ? Words.Moment(until, now) : null);
        screen.Field("jitter", trigger.Jitter == TimeSpan.Zero ? null : Words.Length(trigger.Jitter));
        screen.Field("misfire", trigger.Misfire?.ToString());
        screen.Field("skips", trigger.SkipsWhileRunning ? "while the event before runs" : null);
        screen.Field(
            "except on", string.Join(", ", trigger.ExceptOn.Select(static date => date.ToString("O", CultureInfo.InvariantCulture))));
        screen.Field("canceled by", trigger.CancelOn?.Type);
    }

    private static void WriteOptions(Screen screen, PublishOptions? options)
    {
        screen.Field("delay", options?.Delay is { } delay ? Words.Length(delay) : null);
        screen.Field("expires", options?.ExpiresAfter is { } end ? $"{Words.Length(end)} after it fired" : null);
        screen.Field("correlation", options?.CorrelationId);
        screen.Field("key", options?.Key);
        screen.Field("priority", Words.Of(options?.Priority));
        foreach (var (name, value) in options?.Headers ?? ReadOnlyDictionary<string, string>.Empty)
        {
            screen.Field("header", $"{name}: {value}");
        }
    }

    private static void WriteJson(Screen screen, string name, string? json)
    {
        if (string.IsNullOrEmpty(json))
        {
            return;
        }

        screen.Heading(name);
        foreach (var line in PayloadText.Lines(Encoding.UTF8.GetBytes(json)))
        {
            screen.Line(line);
        }
    }

    private static void WriteTimes(BusCall call, TriggerDocument document)
    {
        if (document.Next.Count > 0)
        {
            call.Screen.Heading("Next");
            foreach (var next in document.Next)
            {
                call.Screen.Line($"{Words.Moment(next)}  {next.ToString("ddd HH:mm:ss zzz", CultureInfo.InvariantCulture)}");
            }
        }

        if (document.History.Count == 0)
        {
            return;
        }

        call.Screen.Heading("Last firings");
        var table = new Table(new Column("DUE"), new("LATE", true), new("EVENT", Narrowest: 20));
        foreach (var firing in document.History)
        {
            var what = firing.WasSkipped ? $"skipped: {firing.EventId} had not ended" : firing.EventId;
            table.Add(Words.Moment(firing.DueAt), Words.Length(firing.Lateness), firing.Unreadable ?? what);
        }

        table.WriteTo(call.Screen);
    }

    private static string TimesOf(TriggerRecord trigger, DateTimeOffset now) =>
        Words.Count(trigger.FiringCount, "time", "times")
        + (trigger.MaxFirings is { } most ? $" of at most {Words.Number(most)}" : string.Empty)
        + (trigger.LastFiredAt is { } last ? $", last {Words.Moment(last, now)}" : string.Empty);
}
