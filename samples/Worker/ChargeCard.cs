using EventTriggers;

namespace Worker;

internal sealed class ChargeCard : IEventHandler<OrderPlaced>
{
    public async ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken)
    {
        await Task.Delay(50, cancellationToken);
        Console.WriteLine($"charged   {context.Id}, attempt {context.Attempt}");
    }
}
