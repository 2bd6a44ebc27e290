namespace EventTriggers.Consuming.Execution;

/// <summary>The deliveries of one group and partition that this process holds, from their claim until their outcome is recorded.</summary>
internal sealed class HeldLeases
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lease> _byId = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Gets how many there are; one that another lease of the same event has replaced counts until it is removed.</summary>
    public int Count => Volatile.Read(ref _count);

    public Lease? Find(string id)
    {
        lock (_lock)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    /// <summary>Adds a lease.</summary>
    /// <returns>The lease of the same event that it replaces.</returns>
    public Lease? Add(Lease lease)
    {
        lock (_lock)
        {
            var before = _byId.GetValueOrDefault(lease.Delivery.Id);
            _byId[lease.Delivery.Id] = lease;
            _count++;
            return before;
        }
    }

    /// <summary>Removes a lease, but no newer one of the same event.</summary>
    public void Remove(Lease lease)
    {
        lock (_lock)
        {
            if (_byId.GetValueOrDefault(lease.Delivery.Id) == lease)
            {
                _byId.Remove(lease.Delivery.Id);
            }

            _count--;
        }
    }

    /// <summary>Gets those that are there now.</summary>
    public Lease[] ToArray()
    {
        lock (_lock)
        {
            return [.. _byId.Values];
        }
    }
}
