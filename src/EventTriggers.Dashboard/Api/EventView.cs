namespace EventTriggers.Dashboard.Api;

/// <summary>An event with its deliveries and their attempts.</summary>
internal sealed class EventView
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public string? CorrelationId { get; init; }

    public string? Key { get; init; }

    /// <summary>Gets the priority; <see langword="null"/> for the normal one.</summary>
    public Priority? Priority { get; init; }

    public string? Unique { get; init; }

    public required bool IsCanceled { get; init; }

    public string? Unreadable { get; init; }

    public required PayloadView Payload { get; init; }

    /// <summary>Gets the headers; <see langword="null"/> if they must not be seen.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public FiringView? Firing { get; init; }

    public required IReadOnlyList<DeliveryRecord> Deliveries { get; init; }

    /// <summary>Gets why the deliveries have not been handled yet.</summary>
    public required IReadOnlyList<DeliveryExplanation> Explanations { get; init; }

    public static EventView From(EventRecord one, IReadOnlyList<DeliveryExplanation> explanations, PayloadViews payloads) => new()
    {
        Id = one.Id,
        Type = one.Type,
        PublishedAt = one.PublishedAt,
        DueAt = one.DueAt,
        ExpiresAt = one.ExpiresAt,
        CorrelationId = one.CorrelationId,
        Key = one.Key,
        Priority = one.Priority == EventTriggers.Priority.Normal ? null : one.Priority,
        Unique = one.Unique,
        IsCanceled = one.IsCanceled,
        Unreadable = one.Unreadable,
        Payload = payloads.From(one.Payload),
        Headers = payloads.From(one.Headers),
        Firing = FiringView.From(one.Firing),
        Deliveries = one.Deliveries,
        Explanations = explanations,
    };
}
