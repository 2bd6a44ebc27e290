namespace EventTriggers.Dashboard.Api;

/// <summary>A page of deliveries.</summary>
internal sealed class DeliveryList
{
    public required IReadOnlyList<DeliveryRow> Rows { get; init; }

    public string? Cursor { get; init; }

    public required int Examined { get; init; }

    public required bool IsTruncated { get; init; }

    public required IReadOnlyList<int> UnreadPartitions { get; init; }

    public static DeliveryList From(EventPage page, string? group) => new()
    {
        Rows = [.. page.Events.Select(one => DeliveryRow.From(one, group))],
        Cursor = page.Cursor,
        Examined = page.Examined,
        IsTruncated = page.IsTruncated,
        UnreadPartitions = page.UnreadPartitions,
    };
}
