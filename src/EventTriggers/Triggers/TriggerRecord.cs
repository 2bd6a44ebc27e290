namespace EventTriggers;

/// <summary>A trigger as it is stored.</summary>
public sealed class TriggerRecord
{
    /// <summary>Gets the trigger's id.</summary>
    public required TriggerId Id { get; init; }

    /// <summary>Gets what makes it fire.</summary>
    public required TriggerKind Kind { get; init; }

    /// <summary>Gets the status.</summary>
    public required TriggerStatus Status { get; init; }

    /// <summary>Gets the wire name of the event that it publishes.</summary>
    public required string EventType { get; init; }

    /// <summary>Gets the payload of the event that it publishes.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>Gets the wire name of the events that it waits for; <see langword="null"/> for a time trigger.</summary>
    public string? SourceType { get; init; }

    /// <summary>Gets when it is, or was, due; <see langword="null"/> for an event trigger.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Gets when it was added.</summary>
    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>Gets how often it has fired.</summary>
    public required long Fired { get; init; }

    /// <summary>Gets when it fired last.</summary>
    public DateTimeOffset? LastFiredAt { get; init; }

    /// <summary>Gets how often it fires at most; <see langword="null"/> for any number.</summary>
    public int? Times { get; init; }

    /// <summary>Gets until when it fires; <see langword="null"/> for ever.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Gets its tags.</summary>
    public required IReadOnlyList<string> Tags { get; init; }
}
