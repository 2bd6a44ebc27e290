namespace EventTriggers;

/// <summary>What is particular to one handler; what is not set follows <see cref="RedisTriggersOptions"/>.</summary>
public sealed class HandlerOptions
{
    /// <summary>Gets or sets what the handler does while its delivery's lease is in doubt.</summary>
    /// <value><see langword="null"/>, the default, for <see cref="RedisTriggersOptions.WhenLeaseIsInDoubt"/>.</value>
    public LeaseDoubt? WhenLeaseIsInDoubt { get; set; }
}
