using EventTriggers;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The groups that README.md shows.</summary>
internal static class Groups
{
    public static void Add(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddEvent<OrderChanged>("order.changed", key: change => $"order-{change.Order}")
            .AddGroup("billing", group => group.InOrder().AddHandler<OrderChanged, UpdateBill>())
            .AddGroup("mail", group => group.Limit(100, per: TimeSpan.FromSeconds(1)).AddHandler<OrderChanged, TellCustomer>())
            .AddGroup("search", group => group.AddBatchHandler<OrderChanged, IndexOrders>());
    }
}

internal sealed record OrderChanged(int Order, string Change);

internal sealed class UpdateBill : IEventHandler<OrderChanged>
{
    public ValueTask HandleAsync(EventContext<OrderChanged> context, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Bill of order {context.Event.Order}: {context.Event.Change}.");
        return ValueTask.CompletedTask;
    }
}

internal sealed class TellCustomer : IEventHandler<OrderChanged>
{
    public ValueTask HandleAsync(EventContext<OrderChanged> context, CancellationToken cancellationToken)
    {
        Console.WriteLine($"Mail about order {context.Event.Order}: {context.Event.Change}.");
        return ValueTask.CompletedTask;
    }
}

internal sealed class IndexOrders : IBatchHandler<OrderChanged>
{
    public ValueTask HandleAsync(EventBatch<OrderChanged> batch, CancellationToken cancellationToken)
    {
        Console.WriteLine($"{batch.Count} changes are indexed.");
        return ValueTask.CompletedTask;
    }
}
