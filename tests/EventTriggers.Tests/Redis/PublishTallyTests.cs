using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Redis.Publishing;

namespace EventTriggers.Tests.Redis;

public sealed class PublishTallyTests
{
    private static readonly StoreUnavailableException Away = new("It is away.", mayHaveHappened: false, innerException: null);
    private static readonly StoreUnavailableException Lost = new("It is lost.", mayHaveHappened: true, innerException: null);

    private readonly PublishTally _tally = new();

    [Fact]
    public void NothingNoted_AllAreAccepted() =>
        _tally.Results(Events(3))
            .Should()
            .Equal(
                new PublishResult(
                    "e0", PublishOutcome.Accepted), new PublishResult(
                        "e1", PublishOutcome.Accepted), new PublishResult("e2", PublishOutcome.Accepted));

    [Fact]
    public void SomeNoted_EachIsTold_InItsOrder()
    {
        var events = Events(4);
        Note(events[1..2], 0, Lost);
        Note(events[3..], 1, Away);

        var failure = Failure<IncompletePublishException>(events);

        failure.Results.Select(static result => result.Outcome).Should()
            .Equal(PublishOutcome.Accepted, PublishOutcome.Unknown, PublishOutcome.Accepted, PublishOutcome.NotAccepted);
        failure.MayHaveHappened.Should().BeTrue();
        failure.Message.Should().Be("Of 4 events 2 were accepted, 1 were not, and 1 may have been; Results tells of each. It is lost.");
        failure.InnerException.Should().BeOfType<AggregateException>().Which.InnerExceptions.Should().Equal(Lost, Away);
    }

    [Fact]
    public void NoneAccepted_NothingHasHappened()
    {
        var events = Events(2);
        Note(events, 0, Away);

        var failure = Failure<IncompletePublishException>(events);

        failure.MayHaveHappened.Should().BeFalse();
        failure.Message.Should().Be(Away.Message);
        failure.InnerException.Should().BeSameAs(Away);
    }

    [Fact]
    public void NoneAccepted_BecauseItWasWithdrawn_IsWithdrawn()
    {
        var events = Events(2);
        Note(events[..1], 0, Away);
        Note(events[1..], 1, new OperationCanceledException());

        Failure<OperationCanceledException>(events);
    }

    [Fact]
    public void SomeAccepted_TheRestWithdrawn_EachIsTold()
    {
        var events = Events(2);
        Note(events[1..], 1, new OperationCanceledException());

        Failure<IncompletePublishException>(events).Results.Select(static result => result.Outcome).Should()
            .Equal(PublishOutcome.Accepted, PublishOutcome.NotAccepted);
    }

    // What nobody foresaw may have happened after the event was sent.
    [Fact]
    public void AnUnknownFailure_LeavesTheOutcomeOpen() =>
        PublishTally.OutcomeOf(new InvalidOperationException()).Should().Be(PublishOutcome.Unknown);

    [Fact]
    public void AllAccepted_ButNotWatched_Fails()
    {
        _tally.NoteUnsubscribed(2);
        _tally.Note(At(0), Lost);

        var failure = Failure<IncompletePublishException>(Events(2));

        failure.Results.Should().OnlyContain(static result => result.Outcome == PublishOutcome.Accepted);
        failure.Message.Should().Contain(" 2 of those accepted may not be canceled by the events that should do so.");
    }

    private static OutgoingEvent[] Events(int count) =>
        [.. Enumerable.Range(0, count).Select(static n => new OutgoingEvent($"e{n}", "t", default, null))];

    private static Partition At(int index) => new(index, new RedisKeys("p", index), string.Empty, database: 0);

    private void Note(OutgoingEvent[] events, int partition, Exception failure)
    {
        _tally.Note(events, PublishTally.OutcomeOf(failure));
        _tally.Note(At(partition), failure);
    }

    private T Failure<T>(OutgoingEvent[] events)
        where T : Exception => _tally.Invoking(tally => tally.Results(events)).Should().Throw<T>().Which;
}
