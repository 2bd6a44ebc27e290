using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Operating;

/// <summary>Says in words why a delivery has not been handled yet.</summary>
internal static class DeliveryReasons
{
    /// <returns>The words; <see langword="null"/> where the status says it all.</returns>
    public static string? Describe(DeliveryExplanation why, DateTimeOffset now)
    {
        var behind = string.Join(", ", why.Behind);
        var until = why.Until is { } end ? Words.Moment(end, now) : null;
        return why.Reason switch
        {
            DeliveryReason.Claimable => "a consumer claims it next, after those that became ready before",
            DeliveryReason.GroupPaused => $"the group is paused{(until is null ? ", until it is resumed" : $" until {until}")}",
            DeliveryReason.KeyTaken => $"others of its key have their turn: {behind}",
            DeliveryReason.KeyHeld => $"its key waits behind the dead letter {behind}: redrive or discard that one",
            DeliveryReason.KeyLimited => $"as many of its key have begun as may for now; the next may {until ?? "soon"}",
            DeliveryReason.RateLimited => $"a limit of the group grants nothing until {until}",
            DeliveryReason.NameTaken => $"another event with its name runs: {behind}",
            DeliveryReason.Parked => "it waits for a host that handles its type",
            DeliveryReason.NoConsumer => "no live host of the group handles its type",
            DeliveryReason.NotDue => $"it is due {until ?? "later"}",
            DeliveryReason.Leased => $"consumer {why.Consumer} holds it; its lease ends {until ?? "soon"}, unless it is renewed",
            _ => null,
        };
    }
}
