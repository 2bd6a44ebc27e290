using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Types;

/// <summary>Puts together what groups, triggers and events say of types.</summary>
internal static class TypeReader
{
    private const int MaxTriggers = 50;

    // Triggers have no index by type: a list of very many is looked through as far as this.
    private const int MaxPages = 10;
    private const int MaxRecent = 20;

    public static IReadOnlyList<TypeRow> List(IReadOnlyList<GroupRecord> groups, UnroutedCounts unrouted) =>
    [
        .. groups.SelectMany(static group => group.Types).Concat(unrouted.Types.Select(static type => type.Type))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => RowOf(name, groups, unrouted)),
    ];

    public static async Task<TypeView> ReadAsync(DashboardCall call, string name)
    {
        var groups = await call.Groups.ListAsync(call.Aborted).ConfigureAwait(false);
        var unrouted = await call.Events.CountUnroutedAsync(call.Aborted).ConfigureAwait(false);
        var (watching, hasMore) = await WatchedByAsync(call, name).ConfigureAwait(false);
        var row = RowOf(name, groups, unrouted);
        var group = row.Groups.Count > 0 ? row.Groups[0] : null;
        var recent = group is null
            ? await call.Events.ListUnroutedAsync(name, cursor: null, MaxRecent, call.Aborted).ConfigureAwait(false)
            : await call.Events.ListAsync(new EventQuery { Group = group, Type = name }, cursor: null, MaxRecent, call.Aborted)
                .ConfigureAwait(false);
        return new TypeView
        {
            Type = row,
            WatchedBy = watching,
            HasMore = hasMore,
            Recent = [.. recent.Events.Select(one => DeliveryRow.From(one, group))],
            RecentGroup = group,
            UnreadPartitions = recent.UnreadPartitions,
        };
    }

    private static async Task<(IReadOnlyList<TriggerRow> Triggers, bool HasMore)> WatchedByAsync(DashboardCall call, string name)
    {
        var (found, cursor, pages) = (new List<TriggerRow>(), default(string), 0);
        var query = new TriggerQuery { SourceType = name, Kind = TriggerKind.On };
        do
        {
            var page = await call.Triggers.ListAsync(query, cursor, MaxTriggers - found.Count, call.Aborted).ConfigureAwait(false);
            found.AddRange(page.Triggers.Select(TriggerRow.From));
            cursor = page.Cursor;
        }
        while (cursor is not null && found.Count < MaxTriggers && ++pages < MaxPages);

        return (found, cursor is not null);
    }

    private static TypeRow RowOf(string name, IReadOnlyList<GroupRecord> groups, UnroutedCounts unrouted)
    {
        var byName = StringComparer.Ordinal;
        GroupRecord[] handling = [.. groups.Where(group => group.Types.Contains(name, byName))];
        var waiting = unrouted.Types.FirstOrDefault(one => one.Type == name);
        return new TypeRow
        {
            Name = name,
            Groups = [.. handling.Select(static group => group.Name)],
            Consumers = handling.SelectMany(static group => group.Consumers).DistinctBy(static one => one.Name, byName).Count(),
            Unrouted = waiting?.Count ?? 0,
            UnroutedSince = waiting?.Since,
        };
    }
}
