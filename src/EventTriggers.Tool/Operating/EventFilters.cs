using System.CommandLine;
using EventTriggers.Tool.Parsing;

namespace EventTriggers.Tool.Operating;

/// <summary>The options that select deliveries.</summary>
internal sealed class EventFilters
{
    private readonly Option<string?> _group = Options.Text("--group", "group", "The group. Default: the only one there is.");

    private readonly Option<DeliveryStatus?> _status = Options.Choice<DeliveryStatus>("--status", "Deliveries with this status.");
    private readonly Option<string?> _type = Options.Text("--type", "type", "Events with this wire name.");
    private readonly Option<string?> _idPrefix = Options.Text("--id-prefix", "text", "Events whose id begins with this.");
    private readonly Option<string?> _key = Options.Text("--key", "key", "Events with this key.");
    private readonly Option<string?> _correlation = Options.Text("--correlation", "id", "Events with this correlation id.");
    private readonly Option<string?> _error = Options.Text("--error", "text", "Deliveries whose last failure contains this.");
    private readonly Option<string?> _trigger = Options.Text("--trigger", "id", "Events that this trigger raised.");

    private readonly Option<MomentText?> _from = Options.Moment(
        "--from", "Deliveries that reached their status at this moment or later. A distance is one into the past.");

    private readonly Option<MomentText?> _before = Options.Moment("--before", "Deliveries that reached their status before this moment.");

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="withStatus">Whether the status can be chosen.</param>
    public void AddTo(Command command, bool withStatus)
    {
        foreach (var option in (Option[])[_group, _type, _idPrefix, _key, _correlation, _error, _trigger, _from, _before])
        {
            command.Add(option);
        }

        if (withStatus)
        {
            command.Add(_status);
        }
    }

    public string? GroupOf(BusCall call) => call.Get(_group);

    public DeliveryStatus? StatusOf(BusCall call) => call.Get(_status);

    /// <summary>Gets a value indicating whether anything but the group and the status is said.</summary>
    public bool IsNarrowed(BusCall call) =>
        (call.Get(_type) ?? call.Get(_idPrefix) ?? call.Get(_key) ?? call.Get(_correlation) ?? call.Get(_error) ?? call.Get(_trigger))
            is not null
        || (call.Get(_from) ?? call.Get(_before)) is not null;

    public EventQuery ToQuery(BusCall call, string group, DeliveryStatus? status) => new()
    {
        Group = group,
        Status = status,
        Type = call.Get(_type),
        IdPrefix = call.Get(_idPrefix),
        Key = call.Get(_key),
        CorrelationId = call.Get(_correlation),
        ErrorContains = call.Get(_error),
        Trigger = call.Get(_trigger),
        From = call.Get(_from)?.Before(call.Bus.Now),
        Before = call.Get(_before)?.Before(call.Bus.Now),
    };
}
