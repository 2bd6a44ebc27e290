namespace EventTriggers;

/// <summary>
/// This process has published more than Redis has confirmed: <see cref="RedisTriggersOptions.MaxPendingPublishBytes"/> would be exceeded.
/// The event was not published.
/// </summary>
/// <remarks>
/// The limit protects the memory of this process. Await publishes before you start more, publish later, or raise the limit.
/// </remarks>
public sealed class PublishBacklogFullException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="PublishBacklogFullException"/> class.</summary>
    /// <param name="message">How many bytes are pending, and how many may be.</param>
    public PublishBacklogFullException(string message)
        : base(message)
    {
    }
}
