using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Effects;

/// <summary>Finds what came of an event: what triggers raised for it, and what its handlers published.</summary>
internal static class EffectReader
{
    private const int MaxTriggers = 20;
    private const int MaxFollowUps = 20;
    private const int MaxGroups = 10;

    public static async Task<EffectsView> ReadAsync(DashboardCall call, EventRecord one)
    {
        var watching = await call.Triggers.ExplainAsync(one.Type, one.Payload, call.Aborted).ConfigureAwait(false);
        var explained = await Task.WhenAll(watching.Triggers.Take(MaxTriggers).Select(
            trigger => call.Triggers.ExplainAsync(trigger.Trigger.Id, one.Id, call.Aborted).AsTask())).ConfigureAwait(false);
        return new EffectsView
        {
            Triggers =
            [
                .. explained.OfType<TriggerExplanation>().Select(EffectOf).OrderBy(static effect => effect.RaisedId is null)
                    .ThenBy(static effect => effect.TriggerId, StringComparer.Ordinal),
            ],
            HasMoreTriggers = watching.HasMore || watching.Triggers.Count > MaxTriggers,
            FollowUps = await FollowUpsAsync(call, one).ConfigureAwait(false),
        };
    }

    private static EffectView EffectOf(TriggerExplanation explanation) => new()
    {
        TriggerId = explanation.Trigger.Id,
        Verdict = explanation.Verdict,
        Reason = explanation.Reason,
        RaisedId = explanation.RaisedId,
        RaisedType = explanation.Raised?.Type,
        Deliveries = explanation.Raised?.Deliveries,
    };

    // Their ids begin with that of the event; a follow-up's own follow-ups begin with the same one.
    private static async Task<IReadOnlyList<DeliveryRow>> FollowUpsAsync(DashboardCall call, EventRecord one)
    {
        var prefix = $"{one.Id.Split('/')[0]}/+";
        var groups = await call.Groups.ListAsync(call.Aborted).ConfigureAwait(false);
        var pages = await Task.WhenAll(groups.Where(static group => group.Name[0] != '$').Take(MaxGroups)
            .Select(group => call.Events.ListAsync(
                new EventQuery { Group = group.Name, IdPrefix = prefix }, cursor: null, MaxFollowUps, call.Aborted).AsTask()))
            .ConfigureAwait(false);
        return
        [
            .. pages.SelectMany(static page => page.Events).Where(found => found.Id != one.Id)
                .DistinctBy(static found => found.Id, StringComparer.Ordinal)
                .OrderBy(static found => found.PublishedAt).Take(MaxFollowUps).Select(static found => DeliveryRow.From(found, group: null)),
        ];
    }
}
