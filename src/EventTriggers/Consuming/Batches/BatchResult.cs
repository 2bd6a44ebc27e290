using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>What has become of a batch.</summary>
/// <param name="Settlements">The outcome of each delivery.</param>
/// <param name="Rest">What still runs although the outcomes are decided: the worker is not free before that ends.</param>
/// <param name="Failure">Why the batch failed as a whole; <see langword="null"/> if it did not.</param>
internal sealed record BatchResult(IReadOnlyList<Settlement> Settlements, Task Rest, Exception? Failure);
