namespace EventTriggers.Dashboard.Api;

/// <summary>The firing that raised an event.</summary>
internal sealed class FiringView
{
    public required string TriggerId { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public required DateTimeOffset FiredAt { get; init; }

    public required long Sequence { get; init; }

    public required long Missed { get; init; }

    public required IReadOnlyList<SourceView> Sources { get; init; }

    public static FiringView? From(Firing? firing) => firing is null ? null : new FiringView
    {
        TriggerId = firing.TriggerId,
        DueAt = firing.DueAt,
        FiredAt = firing.FiredAt,
        Sequence = firing.Sequence,
        Missed = firing.Missed,
        Sources =
        [
            .. firing.Sources.Select(
                static source => new SourceView { Id = source.Id, Type = source.Type, PublishedAt = source.PublishedAt }),
        ],
    };
}
