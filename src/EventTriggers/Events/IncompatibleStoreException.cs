namespace EventTriggers;

/// <summary>
/// The server, or the keys of the prefix, cannot be used by this process: the server is older than Redis 6.2, its user may not run a
/// required command, or the keys were made with another schema or another number of partitions.
/// </summary>
/// <remarks>Nothing was changed. Repeating the call does not help: the message says what to change.</remarks>
public sealed class IncompatibleStoreException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="IncompatibleStoreException"/> class.</summary>
    /// <param name="message">What does not fit, and what to change.</param>
    public IncompatibleStoreException(string message)
        : base(message)
    {
    }
}
