using System.Globalization;
using EventTriggers.Redis.Stores;

namespace EventTriggers.Redis.Operations;

/// <summary>add_trigger.lua: stores a trigger.</summary>
internal sealed class AddTriggerRequest : LaneRequest<AddReply>
{
    public override Script Script => Script.AddTrigger;

    public override string What => WhatOf(Conflict);

    public required TriggerArguments Trigger { get; init; }

    public required ConflictRule Conflict { get; init; }

    /// <summary>Gets what a call with a rule does, for exceptions and logs.</summary>
    public static string WhatOf(ConflictRule conflict) => conflict switch
    {
        ConflictRule.Update => "update a trigger",
        ConflictRule.Declare => "declare a trigger",
        _ => "add a trigger",
    };

    protected override void WriteOperation(ScriptCall call)
    {
        var (keys, id) = (Partition.Keys, Trigger.Id);
        call.Key(keys.Trigger(id)).Key(keys.Triggers).Key(keys.EndedTriggers).Key(keys.History(id)).Key(keys.Declared);
        call.Add(id).Add(WordOf(Conflict)).Add(Trigger.Due).Add(Trigger.Delay).Add(Trigger.Spec).Add(Trigger.Version).Add(Trigger.Clock)
            .Add(Trigger.Timing).Add(Trigger.Payload).Add(Trigger.Fields);
    }

    protected override AddReply Parse(string word) => word.Split(':', 2) switch
    {
        ["added"] => new AddReply(AddOutcome.Stored),
        ["kept", var version] => new AddReply(AddOutcome.Kept, version),
        ["conflict"] => new AddReply(AddOutcome.Conflict),
        ["ended"] => new AddReply(AddOutcome.Ended),
        ["not-found"] => new AddReply(AddOutcome.NotFound),
        ["clock", var now] => new AddReply(AddOutcome.ClockIsOff, NowMs: long.Parse(now, CultureInfo.InvariantCulture)),
        ["over", var now] => new AddReply(AddOutcome.IsOver, NowMs: long.Parse(now, CultureInfo.InvariantCulture)),
        _ => throw Script.Unexpected(word),
    };

    private static string WordOf(ConflictRule conflict) => conflict switch
    {
        ConflictRule.Throw => "throw",
        ConflictRule.Keep => "keep",
        ConflictRule.Replace => "replace",
        ConflictRule.Update => "update",
        ConflictRule.Declare => "declare",
        _ => throw new ArgumentOutOfRangeException(nameof(conflict), conflict, "Is not a rule."),
    };
}
