using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Execution;

/// <summary>The outcome of a delivery, and the events that go with it.</summary>
internal sealed class Settlement(Lease lease, Outcome outcome) : ICoalesced
{
    private const int LongestError = 1000;

    public Lease Lease => lease;

    public Outcome Outcome => outcome;

    public TimeSpan Delay { get; init; }

    public Exception? Failure { get; init; }

    /// <summary>Gets the names of all handlers that have succeeded, also on earlier attempts.</summary>
    public IReadOnlyCollection<string> Handled { get; init; } = [];

    /// <summary>Gets what the handlers that succeeded published.</summary>
    public IReadOnlyCollection<OutgoingEvent> FollowUps { get; init; } = [];

    /// <summary>Gets or sets what of it still runs, although its outcome is decided: its worker is not free before that ends.</summary>
    public Task Rest { get; set; } = Task.CompletedTask;

    /// <summary>Gets a value indicating whether it is the success of a first claim, and nothing else is to be recorded.</summary>
    public bool IsPlain => Outcome == Outcome.Done && Lease.Delivery.Fence == 1 && Failure is null && Handled.Count == 0 && FollowUps.Count == 0;

    public int Count => 1 + FollowUps.Count;

    public int Size => 300 + FollowUps.Sum(static e => e.Size);

    /// <summary>Gets what is stored of the failure: its kind and message, on one line, escaped and shortened.</summary>
    public string Error => Failure is null ? string.Empty : Failures.Describe(Failure, LongestError);

    /// <summary>Comes too late to be recorded, after the drain: what it held was given back, and its fence is old.</summary>
    public void Fail(Exception exception)
    {
    }
}
