namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/bulk.md.</summary>
internal static class Bulk
{
    public static async Task Pages(IEventStore events)
    {
        string? cursor = null;

        EventPage page = await events.ListAsync(
            new EventQuery { Group = "billing", Status = DeliveryStatus.Dead, ErrorContains = "timeout" }, cursor, limit: 50);
        foreach (EventRecord dead in page.Events)
        {
            Console.WriteLine($"{dead.Id}: {dead.Deliveries[0].Error}");
        }

        string? next = page.Cursor;
    }

    public static async Task Operations(IEventStore events, IOperationStore operations)
    {
        string id = await events.RedriveAsync(
            new EventQuery { Group = "billing", ErrorContains = "timeout" }, new BulkOptions { RatePerSecond = 200, By = "ada" });

        OperationRecord? operation = await operations.FindAsync(id);
        Console.WriteLine($"{operation?.Status}: {operation?.Changed} of {operation?.Examined}");
        await operations.StopAsync(id);
    }
}
