namespace EventTriggers;

/// <summary>The options of one handler. An option that is not set follows <see cref="RedisTriggersOptions"/>.</summary>
public sealed class HandlerOptions
{
    /// <summary>Gets or sets what happens to the running handler while its delivery's lease is in doubt.</summary>
    /// <value>The default is <see langword="null"/>: <see cref="RedisTriggersOptions.WhenLeaseIsInDoubt"/> applies.</value>
    public LeaseDoubt? WhenLeaseIsInDoubt { get; set; }
}
