using System.CommandLine;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Operating;

/// <summary>The options that select triggers.</summary>
internal sealed class TriggerFilters
{
    private readonly Option<TriggerStatus?> _status = Options.Choice<TriggerStatus>("--status", "Triggers with this status.");
    private readonly Option<TriggerKind?> _kind = Options.Choice<TriggerKind>("--kind", "Triggers of this kind.");
    private readonly Option<string?> _type = Options.Text("--type", "type", "Triggers that publish events with this wire name.");
    private readonly Option<string?> _source = Options.Text("--source", "type", "Triggers that wait for events with this wire name.");
    private readonly Option<string?> _tag = Options.Text("--tag", "tag", "Triggers with this tag.");
    private readonly Option<string?> _idPrefix = Options.Text("--id-prefix", "text", "Triggers whose id begins with this.");

    private readonly Option<MomentText?> _from = Options.Moment(
        "--due-from", "Triggers that are due at this moment or later. A distance is one into the future.");

    private readonly Option<MomentText?> _before = Options.Moment("--due-before", "Triggers that are due before this moment.");

    public void AddTo(Command command, bool withStatus = true)
    {
        foreach (var option in (Option[])[_kind, _type, _source, _tag, _idPrefix, _from, _before])
        {
            command.Add(option);
        }

        if (withStatus)
        {
            command.Add(_status);
        }
    }

    public bool IsNarrowed(BusCall call) =>
        (call.Get(_type) ?? call.Get(_source) ?? call.Get(_tag) ?? call.Get(_idPrefix)) is not null
        || (call.Get(_from) ?? call.Get(_before)) is not null || call.Get(_kind) is not null;

    public TriggerQuery ToQuery(BusCall call, TriggerStatus? status = null) => new()
    {
        Status = status ?? call.Get(_status),
        Kind = call.Get(_kind),
        EventType = call.Get(_type),
        SourceType = call.Get(_source),
        Tag = call.Get(_tag),
        IdPrefix = call.Get(_idPrefix),
        DueFrom = call.Get(_from)?.After(call.Bus.Now),
        DueBefore = call.Get(_before)?.After(call.Bus.Now),
    };
}
