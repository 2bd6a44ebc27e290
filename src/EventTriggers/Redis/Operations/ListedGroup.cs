using EventTriggers.Consuming;

namespace EventTriggers.Redis.Operations;

/// <summary>A group as one partition knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Types">The wire names that it has subscribed to.</param>
/// <param name="Pause">Its pause; <see langword="null"/> if it is not paused.</param>
/// <param name="Running">How many of its leases have not expired.</param>
/// <param name="Mode">How it orders by key.</param>
/// <param name="Concurrency">What is set in place of what its processes are configured with; <see langword="null"/> for nothing.</param>
internal sealed record ListedGroup(
    string Name, IReadOnlyList<string> Types, GroupPause? Pause, long Running, KeyMode Mode, GroupConcurrency? Concurrency);
