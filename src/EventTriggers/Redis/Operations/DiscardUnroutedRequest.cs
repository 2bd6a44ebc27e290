namespace EventTriggers.Redis.Operations;

/// <summary>discard_unrouted.lua: discards some of the events of a type that no group has taken, in one partition.</summary>
internal sealed class DiscardUnroutedRequest : LaneRequest<RemovalStep>
{
    public override Script Script => Script.DiscardUnrouted;

    public override string What => "discard events that no group has taken";

    public required string Type { get; init; }

    /// <summary>Gets the number of events to discard in this step.</summary>
    public required int Most { get; init; }

    protected override void WriteOperation(ScriptCall call) => call.Key(Partition.Keys.Unrouted(Type)).Add(Type).Add(Most);

    protected override RemovalStep Parse(string word) => RemovalStep.Parse(Script, word);
}
