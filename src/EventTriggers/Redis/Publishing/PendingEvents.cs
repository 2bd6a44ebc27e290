using EventTriggers.Events;

namespace EventTriggers.Redis.Publishing;

/// <summary>Events of one list that wait to be accepted together.</summary>
internal sealed class PendingEvents(PublishBudget budget, Partition partition, long since, ArraySegment<OutgoingEvent> events)
    : PendingPublish(budget, partition, since, events.Count, events.Sum(static one => one.Size))
{
    private readonly TaskCompletionSource<PublishedPart> _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<PublishedPart> Accepted => _accepted.Task;

    public override bool IsUnique => events.Any(static one => one.Options is { Unique: not null });

    public override void AddTo(List<OutgoingEvent> call) => call.AddRange(events.AsSpan());

    protected override void SetOutcome(PublishedPart outcome) => _accepted.SetResult(outcome);

    protected override void SetFailure(Exception exception) => _accepted.SetException(exception);

    protected override void SetWithdrawn(CancellationToken token) => _accepted.SetCanceled(token);
}
