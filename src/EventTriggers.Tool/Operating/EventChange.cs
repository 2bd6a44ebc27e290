using System.CommandLine;

namespace EventTriggers.Tool.Operating;

/// <summary>A change of events that takes an id, or a query.</summary>
internal sealed class EventChange
{
    /// <summary>Gets the name of the command.</summary>
    public required string Action { get; init; }

    /// <summary>Gets what the deliveries are called that it changes.</summary>
    public required string Things { get; init; }

    /// <summary>Gets the statuses that it changes.</summary>
    public required DeliveryStatus[] Statuses { get; init; }

    /// <summary>Gets a value indicating whether one event can be changed in one group only.</summary>
    public required bool IsByGroup { get; init; }

    public required Func<BusCall, string, string?, Task<Change>> One { get; init; }

    public required Func<BusCall, EventQuery, BulkOptions, ValueTask<string>> Many { get; init; }

    public Command Create(CommandSet set, string description)
    {
        var id = new Argument<string?>("id")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The event's id. Without it, filters or --all select what is changed.",
        };
        var (filters, bulk) = (new EventFilters(), new BulkChange());
        var command = new Command(Action, description) { id };
        filters.AddTo(command, withStatus: Statuses.Length > 1);
        bulk.AddTo(command);
        return set.Changes(command, call =>
        {
            bulk.Check(call, call.Get(id) is not null, filters.IsNarrowed(call) || StatusOf(call, filters) is not null);
            return call.Get(id) is { } one ? ChangeOneAsync(call, one, filters.GroupOf(call)) : ChangeManyAsync(call, filters, bulk);
        });
    }

    private DeliveryStatus? StatusOf(BusCall call, EventFilters filters) => Statuses.Length > 1 ? filters.StatusOf(call) : null;

    private async Task<int> ChangeOneAsync(BusCall call, string id, string? group)
    {
        if (group is not null && !IsByGroup)
        {
            throw new ToolException(
                ExitCode.Usage, $"'{Action} {id}' is for every group that has not handled the event: leave --group out.");
        }

        var found = await call.Bus.Events.FindAsync(id, call.Token) ?? throw new ToolException(
            ExitCode.NotFound, $"There is no event '{id}': it never existed, or its retention is over. Nothing was changed.");
        var groups = found.Deliveries.Where(one => Statuses.Contains(one.Status) && (group is null || one.Group == group))
            .Select(static one => one.Group).ToArray();
        await call.ConfirmAsync(
            $"{Output.Words.Begin(Action)} event '{id}' ({found.Type})"
            + (groups.Length == 0 ? "?" : $" in {(groups.Length == 1 ? "group" : "groups")} {string.Join(", ", groups)}?"));
        return await call.ReportAsync(
            await One(call, id, group), $"{Action} event", id, group is null ? null : $"in group {group}");
    }

    private async Task<int> ChangeManyAsync(BusCall call, EventFilters filters, BulkChange bulk)
    {
        var group = await GroupChoice.ResolveAsync(call, filters.GroupOf(call));
        var status = StatusOf(call, filters);
        if (status is { } one && !Statuses.Contains(one))
        {
            throw new ToolException(
                ExitCode.Usage,
                $"--status must be one of {string.Join(", ", Statuses.Select(Output.Words.Of))} here, but is {Output.Words.Of(one)}.");
        }

        var queries = (status is null ? Statuses : [status.Value]).Select(each => filters.ToQuery(call, group, each)).ToArray();
        var count = filters.IsNarrowed(call)
            ? await CountedItems.OfEventsAsync(call, queries)
            : new CountedItems(Sum(await call.Bus.Events.CountAsync(group, call.Token), queries), IsExact: true);
        var query = Statuses.Length == 1 ? queries[0] : filters.ToQuery(call, group, status);
        return await bulk.RunAsync(
            call, Action, $"{Things} of group {group}", count, (options, _) => Many(call, query, options));
    }

    private static long Sum(GroupCounts counts, EventQuery[] queries) => queries.Sum(query => query.Status switch
    {
        DeliveryStatus.Ready => counts.Ready,
        DeliveryStatus.Delayed => counts.Delayed,
        DeliveryStatus.Leased => counts.Leased,
        _ => counts.Dead,
    });
}
