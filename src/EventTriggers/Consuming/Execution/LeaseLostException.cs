using EventTriggers.Consuming.Execution;
using EventTriggers.Diagnostics;

namespace EventTriggers;

/// <summary>
/// A delivery's lease is lost: another consumer may already handle the delivery, and the result of this handler is refused.
/// </summary>
public sealed class LeaseLostException : Exception
{
    private LeaseLostException(string message)
        : base(message)
    {
    }

    internal static LeaseLostException For(Delivery delivery) => new(
        $"The lease of event '{Excerpt.Of(delivery.Id)}' in group {delivery.Group} is lost: another consumer may handle it by now.");
}
