namespace EventTriggers;

/// <summary>A delivery's lease is lost: another consumer may handle the delivery by now, and what this one says of it is refused.</summary>
public sealed class LeaseLostException : Exception
{
    internal LeaseLostException(string message)
        : base(message)
    {
    }
}
