using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers;

/// <summary>
/// One delivery on its way through its handlers: their scope, and what has become of them. Most deliveries have one handler, which succeeds: that
/// takes no lists, and no scope if nobody asks for services.
/// </summary>
internal sealed class DeliveryRun(Lease lease, IServiceScopeFactory scopes) : IAsyncDisposable
{
    private IServiceScope? _scope;
    private List<Exception>? _failures;
    private List<OutgoingEvent>? _followUps;
    private Handler? _succeeded;
    private List<string>? _handled;

    public Lease Lease => lease;

    /// <summary>Gets the services of the delivery's scope, which begins with the first look.</summary>
    public IServiceProvider Services
    {
        get
        {
            if (_scope is null)
            {
                var scope = scopes.CreateScope();
                if (Interlocked.CompareExchange(ref _scope, scope, null) is not null)
                {
                    // Another thread of the handler was faster.
                    scope.Dispose();
                }
            }

            return _scope.ServiceProvider;
        }
    }

    public IReadOnlyList<Exception> Failures => _failures ?? (IReadOnlyList<Exception>)[];

    public IReadOnlyCollection<OutgoingEvent> FollowUps => _followUps ?? (IReadOnlyCollection<OutgoingEvent>)[];

    /// <summary>Gets the names of those that have succeeded, also on earlier attempts.</summary>
    public IReadOnlyCollection<string> Handled => _handled ?? (_succeeded is null ? lease.Delivery.Handled : [.. lease.Delivery.Handled, _succeeded.Name]);

    /// <summary>Gets what ends with the failure of a handler that runs on although its time is over; <see langword="null"/> where there is no limit.</summary>
    public TaskCompletionSource<Exception>? Stuck { get; init; }

    public bool IsStuck => Stuck is { Task.IsCompleted: true };

    public void Fail(Exception failure) => (_failures ??= []).Add(failure);

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

    public ValueTask DisposeAsync() => _scope is null ? ValueTask.CompletedTask : new AsyncServiceScope(_scope).DisposeAsync();
}
