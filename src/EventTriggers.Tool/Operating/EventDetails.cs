using System.Globalization;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Shows everything that is known of an event.</summary>
internal static class EventDetails
{
    public static void Write(BusCall call, EventRecord one, IReadOnlyList<DeliveryExplanation> why, bool traces)
    {
        var (screen, now) = (call.Screen, call.Bus.Now);
        screen.Field("event", one.Id, Style.Bold);
        screen.Field("type", one.Type);
        screen.Field("published", Words.Moment(one.PublishedAt, now));
        screen.Field("due", one.DueAt is { } due ? Words.Moment(due, now) : null);
        screen.Field("expires", one.ExpiresAt is { } end ? Words.Moment(end, now) : null);
        screen.Field("canceled", one.IsCanceled ? "yes" : null, Style.Warning);
        screen.Field("correlation", one.CorrelationId);
        screen.Field("key", one.Key);
        screen.Field("priority", Words.Of((Priority?)one.Priority));
        screen.Field("unique", one.Unique);
        screen.Field("unreadable", one.Unreadable, Style.Bad);
        WriteFiring(call, one.Firing);
        foreach (var (name, value) in one.Headers.OrderBy(static header => header.Key, StringComparer.Ordinal))
        {
            screen.Field("header", $"{name}: {value}");
        }

        foreach (var delivery in one.Deliveries)
        {
            WriteDelivery(call, delivery, why.FirstOrDefault(reason => reason.Group == delivery.Group), traces);
        }

        if (!traces && one.Deliveries.SelectMany(static delivery => delivery.Attempts).Any(static one => one.StackTrace is not null))
        {
            screen.Line(new Piece("Stack traces are shown with --traces.", Style.Dim));
        }

        if (one.Deliveries.Count == 0)
        {
            screen.Heading("No group has taken it.");
        }

        screen.Heading("Payload");
        foreach (var line in PayloadText.Lines(one.Payload))
        {
            screen.Line(line);
        }
    }

    private static void WriteFiring(BusCall call, Firing? firing)
    {
        if (firing is null)
        {
            return;
        }

        call.Screen.Field(
            "raised by", string.Create(
                CultureInfo.InvariantCulture,
                $"trigger {firing.TriggerId}, firing {firing.Sequence}, {Words.Length(firing.FiredAt - firing.DueAt)} after it was due"));
        foreach (var source in firing.Sources)
        {
            call.Screen.Field("for event", $"{source.Id} ({source.Type})");
        }
    }

    private static void WriteDelivery(BusCall call, DeliveryRecord delivery, DeliveryExplanation? why, bool traces)
    {
        var (screen, isDead) = (call.Screen, delivery.Status == DeliveryStatus.Dead);
        screen.Line();
        screen.Line(
            new Piece($"Group {delivery.Group}: ", Style.Bold), new Piece(Words.Of(delivery.Status), isDead ? Style.Bad : Style.Bold),
            $", {Words.Count(delivery.Attempt, "attempt", "attempts")}"
            + (delivery.Crashes == 0 ? string.Empty : $", {Words.Count(delivery.Crashes, "consumer", "consumers")} lost"));
        screen.Field("error", delivery.Attempts.Count == 0 ? delivery.Error : null, Style.Bad);
        foreach (var attempt in delivery.Attempts)
        {
            WriteAttempt(call, attempt, traces);
        }

        screen.Field("why", why is null ? null : DeliveryReasons.Describe(why, call.Bus.Now));
    }

    private static void WriteAttempt(BusCall call, AttemptRecord attempt, bool traces)
    {
        var screen = call.Screen;
        screen.Line(
            string.Create(CultureInfo.InvariantCulture, $"  attempt {attempt.Number} {Words.Of(attempt.Outcome)}, "),
            Words.Moment(attempt.EndedAt, call.Bus.Now), attempt.Consumer is { } consumer ? $", on {consumer}" : string.Empty);
        if ((attempt.ErrorType ?? attempt.Message) is not null)
        {
            screen.Line(new Piece($"    {attempt.ErrorType}: {attempt.Message}", Style.Bad));
        }

        if (traces && attempt.StackTrace is { } trace)
        {
            foreach (var line in SafeText.EscapeLines(trace))
            {
                screen.Line(new Piece($"    {line}", Style.Dim));
            }
        }
    }
}
