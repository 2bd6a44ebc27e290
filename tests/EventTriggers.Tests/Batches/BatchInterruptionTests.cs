using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;
using EventTriggers.Redis;

namespace EventTriggers.Tests.Batches;

/// <summary>What stops a batch handler, and what concerns one event alone.</summary>
public sealed class BatchInterruptionTests
{
    [Theory]
    [InlineData(nameof(Interruption.LeaseLost))]
    [InlineData(nameof(Interruption.Canceled))]
    public async Task WhatConcernsOneEvent_DoesNotStopTheBatch_UnlessItConcernsAll(string why)
    {
        var leases = NewLeases(3);

        // What is registered first is called last: when these are called, the batch has been told.
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        leases[0].Token.Register(first.SetResult);
        leases[1].Token.Register(second.SetResult);
        await using var batch = new BatchInterruption(leases);

        leases[0].Interrupt(Enum.Parse<Interruption>(why));
        leases[1].Interrupt(Interruption.LeaseLost);
        await Wait.ForAsync(Task.WhenAll(first.Task, second.Task));
        batch.Token.IsCancellationRequested.Should().BeFalse();
        leases[2].Interruption.Should().Be(Interruption.None);
        leases[2].Interrupt(Interruption.Canceled);

        await Wait.UntilAsync(() => batch.Token.IsCancellationRequested, "the batch is stopped");
    }

    [Theory]
    [InlineData(nameof(Interruption.Shutdown))]
    [InlineData(nameof(Interruption.LeaseInDoubt))]
    public async Task WhatConcernsTheHandler_StopsTheBatch_AndTheOthersForTheSameReason(string why)
    {
        var leases = NewLeases(3);
        await using var batch = new BatchInterruption(leases);
        leases[2].Interrupt(Interruption.LeaseLost);

        leases[0].Interrupt(Enum.Parse<Interruption>(why));

        await Wait.UntilAsync(() => batch.Token.IsCancellationRequested, "the batch is stopped");
        leases.Select(static lease => $"{lease.Interruption}").Should().Equal(why, why, nameof(Interruption.LeaseLost));
    }

    private static Lease[] NewLeases(int count)
    {
        var (partition, queue) = (new Partition(0, new RedisKeys("test", 0), string.Empty, 0), new DeliveryQueue("default", 1));
        return
        [
            .. Enumerable.Range(0, count).Select(n => new Lease(
                new Delivery { Group = "default", Id = $"e{n}", Fence = 1, Attempt = 1 }, partition, queue, renewed: 0)),
        ];
    }
}
