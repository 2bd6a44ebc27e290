using EventTriggers.Diagnostics;
using EventTriggers.Events;
using EventTriggers.Redis.Operations;

namespace EventTriggers.Consuming.Execution;

/// <summary>The outcome of a delivery, and the events that go with it.</summary>
internal sealed class Settlement(Lease lease, Outcome outcome) : ICoalesced
{
    private const int MaxErrorLength = 1000;
    private const int MaxStackTraceBytes = 4096;

    // Most deliveries succeed, and have none.
    private Details? _details;

    public Lease Lease => lease;

    public Outcome Outcome => outcome;

    /// <summary>Gets how long to wait before the delivery is tried again.</summary>
    public TimeSpan Delay
    {
        get => _details?.Delay ?? TimeSpan.Zero;
        init => With.Delay = value;
    }

    public Exception? Failure
    {
        get => _details?.Failure;
        init => With.Failure = value;
    }

    /// <summary>Gets the names of all handlers that have succeeded, on earlier attempts too.</summary>
    public IReadOnlyCollection<string> Handled
    {
        get => _details?.Handled ?? [];
        init
        {
            if (value.Count > 0)
            {
                With.Handled = value;
            }
        }
    }

    /// <summary>Gets what the handlers that succeeded published.</summary>
    public IReadOnlyCollection<OutgoingEvent> FollowUps
    {
        get => _details?.FollowUps ?? [];
        init
        {
            if (value.Count > 0)
            {
                With.FollowUps = value;
            }
        }
    }

    /// <summary>
    /// Gets when the limit of its key granted what it gives back, in unix ms by the clock of Redis; 0 where it gives nothing back.
    /// </summary>
    public long ReturnedGrant => _details?.ReturnedGrant ?? 0;

    /// <summary>
    /// Gets or sets the context of the span of this attempt, to which the next one is linked; <see langword="null"/> for none.
    /// </summary>
    public string? Trace
    {
        get => _details?.Trace;
        set => With.Trace = value;
    }

    /// <summary>Gets or sets what still runs although the outcome is decided: the worker is not free before that ends.</summary>
    public Task Rest
    {
        get => _details?.Rest ?? Task.CompletedTask;
        set => With.Rest = value;
    }

    /// <summary>Gets a value indicating whether it is the success of a first claim, and nothing else is to be recorded.</summary>
    /// <remarks>Others may wait for an event that holds a name: they go on with its outcome.</remarks>
    public bool IsPlain =>
        Outcome == Outcome.Done && Lease.Delivery is { Fence: 1, HoldsName: false } && Failure is null && Handled.Count == 0
        && FollowUps.Count == 0;

    public int Count => 1 + FollowUps.Count;

    public int Size => 300 + (_details is null ? 0 : FollowUps.Sum(static e => e.Size) + (Failure is null ? 0 : MaxStackTraceBytes));

    /// <summary>Gets what is stored of the failure: its kind and message, on one line, escaped and shortened.</summary>
    public string Error => Failure is null ? string.Empty : Failures.Describe(Failure, MaxErrorLength);

    /// <summary>Gets the stack trace of the failure, with those of the exceptions inside it, shortened; empty for none.</summary>
    public string StackTrace => Failure is null ? string.Empty : Failures.StackTraceOf(Failure, MaxStackTraceBytes);

    private Details With => _details ??= new Details();

    /// <summary>Gives back what the limits of the group and of its key granted, which count what begins: no handler has begun.</summary>
    /// <returns>The same settlement.</returns>
    public Settlement NotBegun()
    {
        Lease.ReturnGrant();
        if (Outcome is Outcome.Release or Outcome.Skip && Lease.KeyGrant is { } grant)
        {
            With.ReturnedGrant = grant.Moment;
        }

        return this;
    }

    /// <summary>Comes too late to be recorded, after the drain: the delivery was given back, and its fence is old.</summary>
    public void Fail(Exception exception)
    {
    }

    private sealed class Details
    {
        public TimeSpan Delay { get; set; }

        public Exception? Failure { get; set; }

        public IReadOnlyCollection<string>? Handled { get; set; }

        public IReadOnlyCollection<OutgoingEvent>? FollowUps { get; set; }

        public string? Trace { get; set; }

        public Task? Rest { get; set; }

        public long ReturnedGrant { get; set; }
    }
}
