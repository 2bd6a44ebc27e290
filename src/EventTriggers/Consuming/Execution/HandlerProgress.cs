using EventTriggers.Events;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// One delivery on its way through its handlers, and what has become of them. Most deliveries have one handler, which succeeds: that takes no lists.
/// </summary>
internal sealed class HandlerProgress(Lease lease, HandlerServices services)
{
    private List<Exception>? _failures;
    private List<string>? _failed;
    private List<OutgoingEvent>? _followUps;
    private Handler? _succeeded;
    private List<string>? _handled;

    public Lease Lease => lease;

    public HandlerServices Services => services;

    public IReadOnlyList<Exception> Failures => _failures ?? (IReadOnlyList<Exception>)[];

    /// <summary>Gets the names of those that have failed now, for a log.</summary>
    public string Failed => _failed is null ? string.Empty : string.Join(", ", _failed.Distinct(StringComparer.Ordinal));

    public IReadOnlyCollection<OutgoingEvent> FollowUps => _followUps ?? (IReadOnlyCollection<OutgoingEvent>)[];

    /// <summary>Gets the names of those that have succeeded, also on earlier attempts.</summary>
    public IReadOnlyCollection<string> Handled => _handled ?? (_succeeded is null ? lease.Delivery.Handled : [.. lease.Delivery.Handled, _succeeded.Name]);

    /// <summary>Gets what ends with a handler that runs on although its time is over, and with its failure; <see langword="null"/> where there is no limit.</summary>
    public TaskCompletionSource<(Handler Handler, Exception Failure)>? Stuck { get; init; }

    public bool IsStuck => Stuck is { Task.IsCompleted: true };

    public void Fail(Handler handler, Exception failure)
    {
        (_failures ??= []).Add(failure);
        (_failed ??= []).Add(handler.Name);
    }

    /// <summary>Notes a success, unless the delivery was given up before it came: then it is another attempt's.</summary>
    public void Succeed(Handler handler, IReadOnlyList<OutgoingEvent> followUps)
    {
        if (IsStuck)
        {
            return;
        }

        if (_succeeded is not null)
        {
            _handled ??= [.. Handled];
            _handled.Add(handler.Name);
        }

        _succeeded ??= handler;
        if (followUps.Count > 0)
        {
            (_followUps ??= []).AddRange(followUps);
        }
    }
}
