using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming.Batches;

/// <summary>A batch that waits for further deliveries.</summary>
/// <param name="batch">What it has so far.</param>
/// <param name="key">The key of its deliveries, by which further ones are added; <see langword="null"/> where none are.</param>
internal sealed class Gathering(LeaseBatch batch, string? key)
{
    private readonly List<Lease> _leases = [.. batch.Leases];

    public string? Key => key;

    public IReadOnlyList<Lease> Leases => _leases;

    /// <summary>Gets the size of the payloads together.</summary>
    public long Bytes { get; private set; } = batch.Bytes;

    /// <summary>Gets or sets when it begins at the latest.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Gets the batch as it begins: it does not wait again.</summary>
    public LeaseBatch Batch => batch with { Leases = _leases, WaitsIn = null };

    public void Add(Lease lease)
    {
        _leases.Add(lease);
        Bytes += lease.Delivery.Json.Length;
    }
}
