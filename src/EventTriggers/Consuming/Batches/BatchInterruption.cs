using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>
/// The token of a batch handler. It is canceled when none of the deliveries goes on, or when one has to stop for a reason that holds for
/// the handler: a shutdown, or a lease that it must not outlive. The others then stop for the same reason.
/// </summary>
internal sealed class BatchInterruption : IAsyncDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly IReadOnlyList<Lease> _leases;
    private readonly CancellationTokenRegistration[] _registrations;
    private Task _canceled = Task.CompletedTask;
    private int _isCanceled;
    private int _left;

    public BatchInterruption(IReadOnlyList<Lease> leases)
    {
        (_leases, _left) = (leases, leases.Count);
        _registrations = [.. leases.Select(lease => lease.Token.UnsafeRegister(_ => OnInterrupted(lease), state: null))];
    }

    public CancellationToken Token => _source.Token;

    public async ValueTask DisposeAsync()
    {
        foreach (var registration in _registrations)
        {
            await registration.DisposeAsync().ConfigureAwait(false);
        }

        await _canceled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _source.Dispose();
    }

    private void OnInterrupted(Lease lease)
    {
        var why = lease.Interruption;
        if (why is Interruption.Shutdown or Interruption.LeaseInDoubt)
        {
            Cancel(why);
        }
        else if (Interlocked.Decrement(ref _left) == 0)
        {
            Cancel(Interruption.None);
        }
    }

    private void Cancel(Interruption why)
    {
        if (Interlocked.Exchange(ref _isCanceled, 1) == 1)
        {
            return;
        }

        // Before the handler hears of it: what it leaves is judged by this.
        foreach (var lease in _leases)
        {
            lease.Interrupt(why);
        }

        _canceled = _source.CancelAsync();
    }
}
