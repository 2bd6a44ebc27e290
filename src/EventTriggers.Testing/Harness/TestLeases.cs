using EventTriggers.Consuming.Execution;

namespace EventTriggers.Testing.Harness;

/// <summary>Leases that no server keeps: each is certain unless a test took it away.</summary>
internal sealed class TestLeases : ILeaseConfirmation
{
    public static TestLeases Instance { get; } = new();

    public ValueTask ConfirmAsync(Lease lease, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return lease.Interruption == Interruption.LeaseLost ? throw LeaseLostException.For(lease.Delivery) : ValueTask.CompletedTask;
    }
}
