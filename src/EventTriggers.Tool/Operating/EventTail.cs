namespace EventTriggers.Tool.Operating;

/// <summary>
/// Finds the events that were published since it last looked: in each group it reads the newest page of each status in which an event can
/// be. Reading changes nothing.
/// </summary>
/// <param name="call">The call.</param>
/// <param name="type">The wire name; <see langword="null"/> for all.</param>
/// <param name="pattern">The pattern; <see langword="null"/> for all.</param>
/// <param name="since">Events that were published earlier are left out.</param>
internal sealed class EventTail(BusCall call, string? type, EventPattern? pattern, DateTimeOffset since)
{
    private const int PageSize = 200;
    private const int MostRemembered = 50_000;

    private static readonly DeliveryStatus[] Statuses =
        [DeliveryStatus.Ready, DeliveryStatus.Leased, DeliveryStatus.Delayed, DeliveryStatus.Processed, DeliveryStatus.Dead];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, DateTimeOffset PublishedAt)> _order = new();
    private DateTimeOffset _since = since;
    private bool _hasRead;

    /// <summary>Gets a value indicating whether the last look may have missed events, because there were too many.</summary>
    public bool HasGap { get; private set; }

    /// <returns>New events, the earliest first.</returns>
    public async Task<IReadOnlyList<EventRecord>> ReadAsync()
    {
        HasGap = false;
        List<EventRecord> found = [];
        foreach (var group in await call.Bus.Groups.ListAsync(call.Token))
        {
            foreach (var status in Statuses)
            {
                var query = new EventQuery { Group = group.Name, Status = status, Type = type };
                Add(found, await call.Bus.Events.ListAsync(query, cursor: null, PageSize, call.Token));
            }
        }

        Add(found, await call.Bus.Events.ListUnroutedAsync(type, cursor: null, PageSize, call.Token));
        _hasRead = true;
        return [.. found.OrderBy(static one => one.PublishedAt).Where(one => pattern is null || Matches(one))];
    }

    private void Add(List<EventRecord> found, EventPage page)
    {
        var fresh = page.Events.Where(one => one.PublishedAt >= _since).ToArray();
        var news = fresh.Where(one => Remember(one)).ToArray();
        found.AddRange(news);

        // A page of nothing but news may have others behind it.
        HasGap |= _hasRead && page.Cursor is not null && page.Events.Count > 0 && news.Length == page.Events.Count;
    }

    private bool Remember(EventRecord one)
    {
        if (!_seen.Add(one.Id))
        {
            return false;
        }

        _order.Enqueue((one.Id, one.PublishedAt));
        if (_order.Count > MostRemembered && _order.Dequeue() is var forgotten)
        {
            // What is forgotten must not look new again.
            _seen.Remove(forgotten.Id);
            _since = forgotten.PublishedAt > _since ? forgotten.PublishedAt : _since;
        }

        return true;
    }

    private bool Matches(EventRecord one)
    {
        try
        {
            return pattern!.IsMatch(one.Payload.Span);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
        {
            // A payload that is not JSON, or takes too many steps to compare, matches nothing.
            return false;
        }
    }
}
