namespace EventTriggers.Testing;

/// <summary>
/// What a test waited for did not happen. The message says what did: what was handled, what failed and why, and what waits for what.
/// </summary>
public sealed class EventTriggersTestException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="EventTriggersTestException"/> class.</summary>
    /// <param name="message">What did not happen, and what did.</param>
    /// <param name="innerException">The reason, where there is one.</param>
    public EventTriggersTestException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
