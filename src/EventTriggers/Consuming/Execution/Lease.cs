using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.RateLimits;
using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>A delivery that this process holds.</summary>
/// <param name="delivery">The delivery.</param>
/// <param name="partition">Where it is.</param>
/// <param name="queue">The queue whose capacity it takes.</param>
/// <param name="renewed">The local timestamp at which the claim was sent.</param>
internal sealed class Lease(Delivery delivery, Partition partition, DeliveryQueue queue, long renewed) : IAsyncDisposable
{
    // The share of a lease after which a handler that must not outlive it is stopped: the rest is there for the handler's end, and for a
    // machine that is late.
    private const double HandlerShare = 0.9;

    private readonly CancellationTokenSource _source = new();

    // Most deliveries are handled by themselves, in a group without limits, and have none.
    private Details? _details;
    private Task _interrupted = Task.CompletedTask;
    private Interruption _interruption;
    private bool _closed;
    private long _renewed = renewed;
    private int _concluded;
    private volatile bool _isInDoubt;
    private volatile bool _stopsInDoubt;

    public Delivery Delivery => delivery;

    public Partition Partition => partition;

    /// <summary>Gets the queue whose capacity it takes.</summary>
    public DeliveryQueue Queue => queue;

    /// <summary>Gets a value indicating whether it takes its queue's quarantine slot.</summary>
    public bool IsQuarantined
    {
        get => _details?.Removed is not null;
        init
        {
            if (value)
            {
                With.Removed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Gets what completes when a quarantined delivery is not held any more: its outcome is recorded, or cannot be.</summary>
    public Task Removed => _details?.Removed?.Task ?? Task.CompletedTask;

    /// <summary>
    /// Gets or sets the batch that it stands for on its way to a worker, as the first of its deliveries; <see langword="null"/> for a
    /// delivery that is handled by itself.
    /// </summary>
    public LeaseBatch? Batch
    {
        get => _details?.Batch;
        set => With.Batch = value;
    }

    /// <summary>Gets or sets a value indicating whether it is to be given back although no handler has begun it.</summary>
    public bool IsGivenBack { get; set; }

    /// <summary>Gets what allowed it to begin; <see langword="null"/> in a group without limits.</summary>
    public Grants? Grants
    {
        get => _details?.Grants;
        init
        {
            if (value is not null)
            {
                With.Grants = value;
            }
        }
    }

    /// <summary>Gets what the limit of its key granted; <see langword="null"/> where nothing limits keys.</summary>
    public KeyGrant? KeyGrant
    {
        get => _details?.KeyGrant;
        init
        {
            if (value is not null)
            {
                With.KeyGrant = value;
            }
        }
    }

    private Details With => _details ??= new Details();

    /// <summary>Gets the token for its handlers.</summary>
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

    /// <summary>
    /// Gets how long its handler may go on without another renewal, by the local clock: until the lease may be over, or shortly before that
    /// when the handler must not outlive it.
    /// </summary>
    public TimeSpan Left(TimeProvider timeProvider, TimeSpan duration) =>
        (_stopsInDoubt ? HandlerShare * duration : duration) - timeProvider.GetElapsedTime(Renewed);

    /// <summary>Gets a value indicating whether it could not be renewed in time, and the server has not answered since.</summary>
    public bool IsInDoubt => _isInDoubt;

    /// <summary>Sets a value indicating whether the handler that runs now stops when the lease may be over.</summary>
    public bool StopsInDoubt
    {
        set => _stopsInDoubt = value;
    }

    /// <summary>Notes that the server has extended it.</summary>
    public void Renew(long sent)
    {
        // A later reply may have overtaken this one.
        Renewed = Math.Max(Renewed, sent);
        _isInDoubt = false;
    }

    /// <summary>Notes that it may be over.</summary>
    public void Doubt()
    {
        _isInDoubt = true;
        if (_stopsInDoubt)
        {
            Interrupt(Interruption.LeaseInDoubt);
        }
    }

    /// <summary>Tells whether it may be over by the local clock: from then on another consumer may hold the delivery.</summary>
    public bool MayBeOver(TimeProvider timeProvider, TimeSpan duration) => timeProvider.GetElapsedTime(Renewed) >= duration;

    /// <summary>Gets a value indicating whether its outcome is decided; it is held until that is recorded.</summary>
    public bool IsConcluded => Volatile.Read(ref _concluded) == 1;

    /// <summary>Cancels the handlers' token. The gravest reason is kept: a lost lease counts more than a stopping host.</summary>
    public void Interrupt(Interruption why)
    {
        lock (_source)
        {
            if (why > _interruption && _interruption == Interruption.None && !_closed)
            {
                // Not Cancel(): callbacks that handlers registered on the token must not run on the thread that renews leases.
                _interrupted = _source.CancelAsync();
            }

            _interruption = why > _interruption ? why : _interruption;
        }
    }

    /// <summary>Gives back what the limits of the group granted: no handler has begun.</summary>
    public void ReturnGrant() => Grants?.Return(1);

    /// <summary>Tells whether it is too late to begin with what limits have granted.</summary>
    public bool HasStaleGrant(TimeProvider timeProvider) =>
        Grants?.IsStale(timeProvider) == true || KeyGrant?.IsStale(timeProvider) == true;

    /// <summary>Notes that it is not held any more.</summary>
    public void Remove() => _details?.Removed?.TrySetResult();

    /// <summary>Decides the outcome; <see langword="false"/> when it was decided before.</summary>
    public bool TryConclude() => Interlocked.Exchange(ref _concluded, 1) == 0;

    /// <summary>
    /// Ends the handlers' token. Callbacks that they registered on it are awaited; their exceptions are ignored, because the outcome is
    /// decided.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        lock (_source)
        {
            _closed = true;
        }

        await _interrupted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _source.Dispose();
    }

    private sealed class Details
    {
        public TaskCompletionSource? Removed { get; set; }

        public LeaseBatch? Batch { get; set; }

        public Grants? Grants { get; set; }

        public KeyGrant? KeyGrant { get; set; }
    }
}
