namespace EventTriggers.Redis.Operations;

/// <summary>add_audit.lua: adds an entry to the audit list.</summary>
internal sealed class AddAuditRequest : LaneRequest<bool>
{
    public override Script Script => Script.AddAudit;

    public override string What => "add an entry to the audit list";

    /// <summary>Gets the entry, as JSON.</summary>
    public required string Entry { get; init; }

    protected override void WriteOperation(ScriptCall call) => call.Key(Partition.Keys.Audit).Add(Entry);

    protected override bool Parse(string word) => word == "done" ? true : throw Script.Unexpected(word);
}
