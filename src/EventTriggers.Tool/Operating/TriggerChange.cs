using System.CommandLine;
using EventTriggers.Tool.Commands;

namespace EventTriggers.Tool.Operating;

/// <summary>A change of triggers that takes an id, or a query.</summary>
internal sealed class TriggerChange
{
    public required string Action { get; init; }

    /// <summary>Gets the status of the triggers that it changes; <see langword="null"/> for active and paused ones.</summary>
    public required TriggerStatus? Status { get; init; }

    public required Func<BusCall, string, Task<Change>> One { get; init; }

    public required Func<BusCall, TriggerQuery, BulkOptions, ValueTask<string>> Many { get; init; }

    public Command Create(CommandSet set, string description)
    {
        var id = new Argument<string?>("id")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The trigger. Without it, filters or --all select what is changed.",
        };
        var (filters, bulk) = (new TriggerFilters(), new BulkChange());
        var command = new Command(Action, description) { id };
        filters.AddTo(command, withStatus: false);
        bulk.AddTo(command);
        return set.Changes(command, call =>
        {
            bulk.Check(call, call.Get(id) is not null, filters.IsNarrowed(call));
            return call.Get(id) is { } one ? ChangeOneAsync(call, one) : ChangeManyAsync(call, filters, bulk);
        });
    }

    private async Task<int> ChangeOneAsync(BusCall call, string id)
    {
        var found = await call.Bus.Triggers.FindAsync(id, call.Token) ?? throw TriggerCommand.NotFound(id);
        await call.ConfirmAsync($"{Output.Words.Begin(Action)} trigger '{id}' ({TriggerWords.When(found)})?");
        return await call.ReportAsync(await One(call, id), $"{Action} trigger", id);
    }

    private async Task<int> ChangeManyAsync(BusCall call, TriggerFilters filters, BulkChange bulk)
    {
        var sum = new CountedItems(0, IsExact: true);
        foreach (var status in Status is { } one ? [one] : (TriggerStatus[])[TriggerStatus.Active, TriggerStatus.Paused])
        {
            var counted = await CountedItems.OfTriggersAsync(call, filters.ToQuery(call, status));
            sum = new CountedItems(sum.Number + counted.Number, sum.IsExact && counted.IsExact);
        }

        var what = Status is { } which ? $"{Output.Words.Of(which)} triggers" : "triggers";
        return await bulk.RunAsync(call, Action, what, sum, (options, _) => Many(call, filters.ToQuery(call, Status), options));
    }
}
