using EventTriggers.Events;

namespace EventTriggers.Redis.Publishing;

/// <summary>One event that waits to be accepted. Its task is that of the caller: nothing lies between the reply and the caller.</summary>
internal sealed class PendingEvent(PublishBudget budget, Partition partition, long since, OutgoingEvent outgoing)
    : PendingPublish(budget, partition, since, count: 1, outgoing.Size)
{
    // Callers go on outside of the batcher, which has others to complete.
    private readonly TaskCompletionSource<PublishResult> _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<PublishResult> Accepted => _accepted.Task;

    public override bool IsUnique => outgoing.Options is { Unique: not null };

    public override void AddTo(List<OutgoingEvent> call) => call.Add(outgoing);

    protected override void SetOutcome(PublishedPart outcome) => _accepted.SetResult(outcome.ResultOf(outgoing));

    protected override void SetFailure(Exception exception) => _accepted.SetException(exception);

    protected override void SetWithdrawn(CancellationToken token) => _accepted.SetCanceled(token);
}
