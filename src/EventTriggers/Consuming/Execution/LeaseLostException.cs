namespace EventTriggers;

/// <summary>
/// A delivery's lease is lost: another consumer may already handle the delivery, and the result of this handler is refused.
/// </summary>
public sealed class LeaseLostException : Exception
{
    internal LeaseLostException(string message)
        : base(message)
    {
    }
}
