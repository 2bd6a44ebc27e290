using System.Text.Json.Serialization;
using EventTriggers;

namespace Aot;

[EventType("order.placed")]
internal sealed record OrderPlaced(string Order, decimal Total);

[EventType("payment.due")]
internal sealed record PaymentDue(string Order);

[JsonSerializable(typeof(OrderPlaced))]
[JsonSerializable(typeof(PaymentDue))]
internal sealed partial class OrderContext : JsonSerializerContext;

/// <summary>Counts what is done: shipping, charging and reminding.</summary>
internal sealed class Orders
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _left = 3;

    public Task Done => _done.Task;

    public void Note(string what)
    {
        Console.WriteLine(what);
        if (Interlocked.Decrement(ref _left) == 0)
        {
            _done.SetResult();
        }
    }
}

internal sealed class Ship(Orders orders) : IEventHandler<OrderPlaced>
{
    public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
    {
        orders.Note($"{context.Group}: ship {context.Event.Order}");
        return default;
    }
}

internal sealed class Charge(Orders orders) : IEventHandler<OrderPlaced>
{
    public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
    {
        orders.Note($"{context.Group}: charge {context.Event.Total} for {context.Event.Order}");
        return default;
    }
}

internal sealed class Remind(Orders orders) : IEventHandler<PaymentDue>
{
    public ValueTask HandleAsync(EventContext<PaymentDue> context, CancellationToken cancellationToken)
    {
        orders.Note($"{context.Group}: remind of {context.Event.Order}");
        return default;
    }
}
