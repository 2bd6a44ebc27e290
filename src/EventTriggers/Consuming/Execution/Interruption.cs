namespace EventTriggers.Consuming.Execution;

/// <summary>Why a running handler is asked to stop.</summary>
internal enum Interruption
{
    None,
    Shutdown,

    /// <summary>The lease may be over, and the handler must not outlive it.</summary>
    LeaseInDoubt,
    Canceled,
    LeaseLost,
}
