namespace EventTriggers.Tool.Transfer;

/// <summary>A file of exported triggers.</summary>
internal sealed class TriggerFile
{
    public const string Name = "eventtriggers.triggers";
    public const int CurrentVersion = 1;

    public required string Format { get; init; }

    public required int Version { get; init; }

    public required DateTimeOffset ExportedAt { get; init; }

    public required string Prefix { get; init; }

    public required IReadOnlyList<StoredTrigger> Triggers { get; init; }
}
