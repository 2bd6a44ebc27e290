using EventTriggers;

namespace Worker;

internal sealed class SendConfirmation : IEventHandler<OrderPlaced>
{
    public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
    {
        Console.WriteLine($"confirmed {context.Id}, {context.Event.Origin}");
        return ValueTask.CompletedTask;
    }
}
