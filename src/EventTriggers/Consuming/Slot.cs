namespace EventTriggers.Consuming;

/// <summary>What a claim needs room for.</summary>
internal enum Slot
{
    /// <summary>A worker that is free.</summary>
    Worker,

    /// <summary>The one place for a delivery that has crashed its consumers.</summary>
    Quarantine,
}
