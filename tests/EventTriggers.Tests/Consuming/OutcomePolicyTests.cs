using EventTriggers.Consuming;
using EventTriggers.Consuming.Execution;
using EventTriggers.Events;
using EventTriggers.Redis;
using EventTriggers.Triggers.Matching;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventTriggers.Tests.Consuming;

/// <summary>The outcome of a delivery, by what happened to it.</summary>
public sealed class OutcomePolicyTests
{
    private static readonly GroupSettings Settings = GroupSettings.Of("default", new RedisTriggersOptions());
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(7);

    public static TheoryData<string, string, string> Outcomes => new()
    {
        // What interrupted the handlers, how they ended, and what becomes of the delivery.
        { "None", "success", "Done" },
        { "Shutdown", "success", "Done" },
        { "LeaseInDoubt", "success", "Done" },
        { "Canceled", "success", "Done" },
        { "LeaseLost", "success", "Abandon" },
        { "None", "failure", "Retry" },
        { "Shutdown", "failure", "Retry" },
        { "LeaseInDoubt", "failure", "Retry" },
        { "Canceled", "failure", "Cancel" },
        { "LeaseLost", "failure", "Abandon" },
        { "None", "canceled", "Retry" },
        { "Shutdown", "canceled", "Release" },
        { "LeaseInDoubt", "canceled", "Release" },
        { "Canceled", "canceled", "Cancel" },
        { "LeaseLost", "canceled", "Abandon" },
        { "None", "unreadable", "Dead" },
        { "Shutdown", "unreadable", "Dead" },
        { "Canceled", "unreadable", "Cancel" },
        { "None", "unmatchable", "Dead" },
    };

    [Theory]
    [MemberData(nameof(Outcomes))]
    public void Decide_ByInterruptionAndFailure(string interruption, string end, string outcome)
    {
        var lease = NewLease();
        lease.Interrupt(Enum.Parse<Interruption>(interruption));
        Exception[] failures = end switch
        {
            "success" => [],
            "failure" => [new InvalidOperationException("on purpose")],
            "canceled" => [new OperationCanceledException()],
            "unreadable" => [new UnreadablePayloadException(typeof(string), new FormatException())],
            _ => [new UnmatchableException("on purpose")],
        };

        Decide(lease, failures).Outcome.Should().Be(Enum.Parse<Outcome>(outcome));
    }

    [Fact]
    public void Decide_OnAFailure_KeepsItWithTheDelayOfTheRetryPolicy()
    {
        var failure = new InvalidOperationException("on purpose");

        var settlement = Decide(NewLease(), [failure]);

        (settlement.Delay, settlement.Failure).Should().Be((Delay, failure));
        settlement.Handled.Should().Equal("one");
    }

    [Fact]
    public void Decide_OnSeveralFailures_KeepsThemAll() =>
        Decide(NewLease(), [new InvalidOperationException("a"), new FormatException("b")]).Failure
            .Should().BeOfType<AggregateException>().Which.InnerExceptions.Should().HaveCount(2);

    // What succeeded on this attempt is not run again, so what it published goes with the outcome, whatever that is.
    [Theory]
    [InlineData(false, "Done")]
    [InlineData(true, "Retry")]
    public void Decide_KeepsWhatTheHandlersThatSucceededPublished(bool fails, string outcome)
    {
        var next = new OutgoingEvent("e1/next", "order.reminder", "{}"u8.ToArray(), Options: null);

        var settlement = new OutcomePolicy(new Policy(static _ => Delay), NullLogger.Instance).Decide(
            NewLease(), Settings, fails ? [new FailedHandler("handler", new InvalidOperationException("on purpose"))] : [], ["one"],
            [next]);

        settlement.Outcome.Should().Be(Enum.Parse<Outcome>(outcome));
        settlement.FollowUps.Should().Equal(next);
    }

    // One handler stopped because it was asked to; another one failed.
    [Theory]
    [InlineData("Shutdown", "Retry")]
    [InlineData("LeaseInDoubt", "Retry")]
    [InlineData("Canceled", "Cancel")]
    public void Decide_WhenNotAllStoppedBecauseTheyWereAskedTo_IsAFailure(string interruption, string outcome)
    {
        var (lease, failure) = (NewLease(), new InvalidOperationException("on purpose"));
        lease.Interrupt(Enum.Parse<Interruption>(interruption));

        var settlement = Decide(lease, [failure, new OperationCanceledException()]);

        settlement.Outcome.Should().Be(Enum.Parse<Outcome>(outcome));
        settlement.Error.Should().Contain("on purpose");
    }

    [Fact]
    public void Decide_WhenACanceledHandlerStops_KeepsNoFailure()
    {
        var lease = NewLease();
        lease.Interrupt(Interruption.Canceled);

        Decide(lease, [new OperationCanceledException()]).Failure.Should().BeNull();
    }

    // The retry policy is not asked: no attempt can read it.
    [Fact]
    public void Decide_WhenALaterHandlerCannotReadThePayload_BuriesTheDeliveryWithThatReason()
    {
        var unreadable = new UnreadablePayloadException(typeof(string), new FormatException());

        var settlement = Decide(
            NewLease(), [new InvalidOperationException("on purpose"), unreadable],
            new Policy(static _ => throw new InvalidOperationException("asked")));

        (settlement.Outcome, settlement.Failure).Should().Be((Outcome.Dead, unreadable));
    }

    [Fact]
    public void Decide_OnAFailure_LogsWhetherItIsRetriedAndInWhichHandlers()
    {
        using var log = new LogLines();
        FailedHandler Failed(string name) => new(name, new InvalidOperationException("on purpose"));

        new OutcomePolicy(new Policy(static _ => Delay), log).Decide(NewLease(), Settings, [Failed("handler-1")], [], []);
        new OutcomePolicy(new Policy(static _ => null), log).Decide(NewLease(), Settings, [Failed("handler-2")], [], []);

        log.TextsOf("4").Should().ContainSingle().Which.Should().Contain("handler-1").And.Contain("00:00:07").And.Contain("on purpose");
        log.TextsOf("5").Should().ContainSingle().Which.Should().Contain("handler-2").And.Contain("on purpose");
    }

    [Fact]
    public void Skip_LogsEachTypeOnce()
    {
        using var log = new LogLines();
        var policy = new OutcomePolicy(new Policy(static _ => Delay), log);

        foreach (var type in (string[])["a", "b", "a"])
        {
            var lease = NewLease();
            lease.Delivery.Type = type;
            policy.Skip(lease);
        }

        log.TextsOf("7").Should().HaveCount(2);
    }

    [Fact]
    public void BuryUnreadable_KeepsTheReasonAndWhatHasSucceeded()
    {
        var lease = NewLease();
        lease.Delivery.Handled = ["one"];

        var settlement = OutcomePolicy.BuryUnreadable(lease, "Field 'at' holds 'soon'.");

        settlement.Outcome.Should().Be(Outcome.Dead);
        settlement.Failure.Should().BeOfType<UnreadableHashException>().Which.Message.Should().EndWith("Field 'at' holds 'soon'.");
        settlement.Handled.Should().Equal("one");
    }

    [Fact]
    public void Decide_WhenTheRetryPolicyGivesUp_BuriesTheDelivery() =>
        Decide(NewLease(), [new InvalidOperationException("on purpose")], new Policy(_ => null)).Outcome.Should().Be(Outcome.Dead);

    [Fact]
    public void Decide_WhenTheRetryPolicyThrows_BuriesTheDelivery()
    {
        var settlement = Decide(
            NewLease(), [new InvalidOperationException("on purpose")], new Policy(static _ => throw new FormatException("of the policy")));

        settlement.Outcome.Should().Be(Outcome.Dead);
        settlement.Failure.Should().BeOfType<AggregateException>().Which.InnerExceptions.Should().HaveCount(2);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(100_000, 3650)]
    public void Decide_WithADelayOutOfRange_KeepsWithinIt(int days, int kept) =>
        Decide(NewLease(), [new InvalidOperationException("on purpose")], new Policy(_ => TimeSpan.FromDays(days))).Delay.Should()
            .Be(TimeSpan.FromDays(kept));

    // Attempts that ended with a crash are not failures of the handler.
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(5, 2, 3)]
    [InlineData(2, 9, 1)]
    public void Decide_TellsTheRetryPolicyOfTheFailuresSoFar(int attempt, int crashes, int failures)
    {
        var seen = 0;

        Decide(NewLease(attempt, crashes), [new InvalidOperationException("on purpose")], new Policy(failure =>
        {
            seen = failure.Failures;
            return Delay;
        }));

        seen.Should().Be(failures);
    }

    [Fact]
    public void Release_AndSkip_KeepWhatHasSucceeded()
    {
        var lease = NewLease();
        lease.Delivery.Handled = ["one"];
        var skipped = new OutcomePolicy(new Policy(_ => Delay), NullLogger.Instance).Skip(lease);

        (OutcomePolicy.Release(lease).Outcome, skipped.Outcome).Should().Be((Outcome.Release, Outcome.Skip));
        OutcomePolicy.Release(lease).Handled.Should().Equal("one");
        skipped.Handled.Should().Equal("one");
    }

    [Theory]
    [InlineData(1, "Retry")]
    [InlineData(1000, "Dead")]
    public void DecideFailure_FollowsTheDefaultRetryPolicy(int attempt, string outcome) =>
        OutcomePolicy.DecideFailure(NewLease(attempt), new InvalidOperationException("on purpose"), Settings).Outcome
            .Should().Be(Enum.Parse<Outcome>(outcome));

    [Fact]
    public void DecideFailure_KeepsTheFailureAndWhatHasSucceeded_AndRetriesLater()
    {
        var (lease, failure) = (NewLease(), new InvalidOperationException("on purpose"));
        lease.Delivery.Handled = ["one"];

        var settlement = OutcomePolicy.DecideFailure(lease, failure, Settings);

        settlement.Failure.Should().BeSameAs(failure);
        settlement.Handled.Should().Equal("one");
        settlement.Delay.Should().BePositive();
    }

    // For as often as it takes, between no delay and 32 s.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1000, 32)]
    public void Postpone_RetriesWithinABound(int attempt, int seconds)
    {
        var settlement = OutcomePolicy.Postpone(NewLease(attempt), new InvalidOperationException("on purpose"));

        settlement.Error.Should().Contain("on purpose");
        settlement.Outcome.Should().Be(Outcome.Retry);
        settlement.Delay.Should().BeGreaterThanOrEqualTo(TimeSpan.Zero).And.BeLessThan(TimeSpan.FromSeconds(seconds));
    }

    private static Settlement Decide(Lease lease, IReadOnlyList<Exception> failures, IRetryPolicy? policy = null) =>
        new OutcomePolicy(policy ?? new Policy(static _ => Delay), NullLogger.Instance).Decide(
            lease, Settings, [.. failures.Select(static failure => new FailedHandler("handler", failure))], ["one"], []);

    private static Lease NewLease(int attempt = 1, int crashes = 0) => new(
        new Delivery { Group = "default", Id = "e1", Fence = 1, Attempt = attempt, Crashes = crashes, Type = "order.placed" },
        new Partition(0, new RedisKeys("test", 0), string.Empty, 0),
        new DeliveryQueue("default", concurrency: 1),
        renewed: 0);

    private sealed class Policy(Func<HandlerFailure, TimeSpan?> next) : IRetryPolicy
    {
        public TimeSpan? NextDelay(HandlerFailure failure) => next(failure);
    }
}
