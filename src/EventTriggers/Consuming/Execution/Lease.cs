using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>A delivery that this process holds.</summary>
internal sealed class Lease(Delivery delivery, Partition partition, long renewed) : IAsyncDisposable
{
    // The share of a lease after which a handler that must not outlive it is stopped: the rest is there for its end, and for a machine that is late.
    private const double ToObey = 0.9;

    private readonly CancellationTokenSource _source = new();
    private Task _interrupted = Task.CompletedTask;
    private Interruption _interruption;
    private bool _closed;
    private long _renewed = renewed;
    private int _concluded;
    private volatile bool _isInDoubt;
    private volatile bool _stopsInDoubt;

    public Delivery Delivery => delivery;

    public Partition Partition => partition;

    /// <summary>Gets a value indicating whether it holds the place of its group's one suspect.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>Gets the token that its handlers get.</summary>
    public CancellationToken Token => _source.Token;

    public Interruption Interruption
    {
        get
        {
            lock (_source)
            {
                return _interruption;
            }
        }
    }

    /// <summary>Gets the local timestamp at which the last call that extended the lease was sent.</summary>
    public long Renewed
    {
        get => Volatile.Read(ref _renewed);
        private set => Volatile.Write(ref _renewed, value);
    }

    /// <summary>Gets how long its handler may go on without another renewal, by the local clock: until it may be over, or shortly before, when the handler must not outlive it.</summary>
    public TimeSpan Left(TimeProvider timeProvider, TimeSpan duration) => (_stopsInDoubt ? ToObey * duration : duration) - timeProvider.GetElapsedTime(Renewed);

    /// <summary>Gets a value indicating whether it could not be renewed in time, and nobody has heard of it since.</summary>
    public bool IsInDoubt => _isInDoubt;

    /// <summary>Sets a value indicating whether the handler that runs now stops when it may be over.</summary>
    public bool StopsInDoubt
    {
        set => _stopsInDoubt = value;
    }

    /// <summary>Takes note that the server prolonged it.</summary>
    public void Renew(long sent)
    {
        // An answer may be overtaken by a later one.
        Renewed = Math.Max(Renewed, sent);
        _isInDoubt = false;
    }

    /// <summary>Takes note that it may be over.</summary>
    public void Doubt()
    {
        _isInDoubt = true;
        if (_stopsInDoubt)
        {
            Interrupt(Interruption.LeaseInDoubt);
        }
    }

    /// <summary>Tells whether it may be over by the local clock: from then on somebody else may hold it.</summary>
    public bool MayBeOver(TimeProvider timeProvider, TimeSpan duration) => timeProvider.GetElapsedTime(Renewed) >= duration;

    /// <summary>Gets a value indicating whether its outcome is decided; it is then only held until that is recorded.</summary>
    public bool IsConcluded => Volatile.Read(ref _concluded) == 1;

    /// <summary>Cancels the handlers' token. The gravest reason stays: a lost lease counts more than a stopping host.</summary>
    public void Interrupt(Interruption why)
    {
        lock (_source)
        {
            if (why > _interruption && _interruption == Interruption.None && !_closed)
            {
                // Not Cancel(): what handlers registered on the token must not run on the thread that renews leases.
                _interrupted = _source.CancelAsync();
            }

            _interruption = why > _interruption ? why : _interruption;
        }
    }

    /// <summary>Decides the outcome; <see langword="false"/> when it was decided before.</summary>
    public bool TryConclude() => Interlocked.Exchange(ref _concluded, 1) == 0;

    /// <summary>Ends the handlers' token. What they registered on it is waited for; what that throws is theirs, and their outcome is decided.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_source)
        {
            _closed = true;
        }

        await _interrupted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _source.Dispose();
    }
}
