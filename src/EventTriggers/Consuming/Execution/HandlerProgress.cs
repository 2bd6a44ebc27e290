using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>One delivery on its way through its handlers, and what has become of them.</summary>
internal sealed class HandlerProgress(Lease lease, GroupSettings settings, HandlerServices services)
{
    private Handler? _succeeded;

    // Most deliveries have one handler, which succeeds and publishes nothing: they have no details.
    private Details? _details;

    public Lease Lease => lease;

    public GroupSettings Settings => settings;

    public HandlerServices Services => services;

    /// <summary>Gets the handlers that have failed on this attempt.</summary>
    public IReadOnlyList<FailedHandler> Failures => _details?.Failures ?? (IReadOnlyList<FailedHandler>)[];

    public IReadOnlyCollection<OutgoingEvent> FollowUps => _details?.FollowUps ?? (IReadOnlyCollection<OutgoingEvent>)[];

    /// <summary>Gets the names of the handlers that have succeeded, on earlier attempts too.</summary>
    public IReadOnlyCollection<string> Handled =>
        _details?.Handled
            ?? (_succeeded is null ? lease.Delivery.Handled : (IReadOnlyCollection<string>)[.. lease.Delivery.Handled, _succeeded.Name]);

    /// <summary>
    /// Gets what ends with a handler that runs on although its time is over, and with its failure; <see langword="null"/> where there is no
    /// limit.
    /// </summary>
    public TaskCompletionSource<(Handler Handler, Exception Failure)>? Stuck => _details?.Stuck;

    public bool IsStuck => Stuck is { Task.IsCompleted: true };

    private Details With => _details ??= new Details();

    /// <summary>Bounds the time of the handlers.</summary>
    public TaskCompletionSource<(Handler Handler, Exception Failure)> WatchForStuck() =>
        With.Stuck = new TaskCompletionSource<(Handler Handler, Exception Failure)>(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Notes a failure, unless the delivery was given up before it came.</summary>
    public void Fail(Handler handler, Exception failure)
    {
        if (IsStuck)
        {
            return;
        }

        (With.Failures ??= []).Add(new FailedHandler(handler.Name, failure, handler.Registration.Options));
    }

    /// <summary>Notes a success, unless the delivery was given up before it came: then it belongs to another attempt.</summary>
    public void Succeed(Handler handler, IReadOnlyList<OutgoingEvent> followUps)
    {
        if (IsStuck)
        {
            return;
        }

        if (_succeeded is not null)
        {
            With.Handled ??= [.. Handled];
            With.Handled.Add(handler.Name);
        }

        _succeeded ??= handler;
        if (followUps.Count > 0)
        {
            (With.FollowUps ??= []).AddRange(followUps);
        }
    }

    private sealed class Details
    {
        public List<FailedHandler>? Failures { get; set; }

        public List<OutgoingEvent>? FollowUps { get; set; }

        public List<string>? Handled { get; set; }

        public TaskCompletionSource<(Handler Handler, Exception Failure)>? Stuck { get; set; }
    }
}
