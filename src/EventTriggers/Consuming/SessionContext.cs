using EventTriggers.Consuming.Health;

namespace EventTriggers.Consuming;

/// <summary>What the partitions of one consumer share.</summary>
/// <param name="Consumer">The name under which the consumer is woken; known when a server has said what it is.</param>
/// <param name="Timer">Wakes loops on time.</param>
/// <param name="Turns">The clock by which processes take turns.</param>
/// <param name="StoreReset">Called when a store has lost its data.</param>
/// <param name="SharesChanged">Called when a partition has told another share, which the others are to know.</param>
/// <param name="Health">What the consumer notes about itself.</param>
internal sealed record SessionContext(
    Lazy<string> Consumer, PreciseTimer Timer, TurnClock Turns, Action StoreReset, Action SharesChanged, LoopHealth Health);
