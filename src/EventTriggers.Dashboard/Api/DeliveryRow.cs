namespace EventTriggers.Dashboard.Api;

/// <summary>One delivery in a list.</summary>
internal sealed class DeliveryRow
{
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public string? CorrelationId { get; init; }

    public string? Key { get; init; }

    public string? TriggerId { get; init; }

    /// <summary>Gets the delivery; <see langword="null"/> for an event that no group has taken.</summary>
    public DeliveryRecord? Delivery { get; init; }

    public string? Unreadable { get; init; }

    public static DeliveryRow From(EventRecord one, string? group) => new()
    {
        Id = one.Id,
        Type = one.Type,
        PublishedAt = one.PublishedAt,
        DueAt = one.DueAt,
        CorrelationId = one.CorrelationId,
        Key = one.Key,
        TriggerId = one.Firing?.TriggerId,
        Delivery = one.Deliveries.FirstOrDefault(delivery => delivery.Group == group),
        Unreadable = one.Unreadable,
    };
}
