using EventTriggers.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace EventTriggers.Tests.Redis;

/// <summary>When a call is repeated, when it is given up, and what its caller is told then. No server is needed for that.</summary>
public sealed class RedisRetryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly RetriedCall Change = new("publish", "key");
    private static readonly Exception NotSent = new RedisTimeoutException(CommandFlags.None, "x", CommandStatus.WaitingToBeSent);
    private static readonly Exception Sent = new RedisTimeoutException(CommandFlags.None, "x", CommandStatus.Sent);
    private static readonly Exception Full = new RedisServerException(RedisErrorKind.OutOfMemory, CommandFlags.None, "OOM");
    private static readonly Exception Broken = new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, "ERR broken");

    private readonly FakeTimeProvider _clock = Clock.At2030();
    private bool _isConnected = true;
    private int _attempts;

    [Fact]
    public async Task ACall_ThatWasNotExecuted_IsRepeatedUntilItSucceeds()
    {
        var result = await RunAsync(Change, NotSent, Sent, NotSent);

        result.Should().Be(4);
    }

    [Fact]
    public async Task ACall_ThatFailsForGood_IsNotRepeated_AndMayHaveTakenEffect()
    {
        var failure = await FailureOfAsync(Change, Broken);

        failure.MayHaveHappened.Should().BeTrue();
        failure.Message.Should().Contain("it may have taken effect");
        failure.InnerException.Should().BeSameAs(Broken);
        _attempts.Should().Be(1);
    }

    [Fact]
    public async Task ACall_ThatIsRefused_IsNotRepeated_AndChangedNothing()
    {
        var failure = await FailureOfAsync(Change, Full);

        failure.MayHaveHappened.Should().BeFalse();
        failure.Message.Should().Contain("Redis refused it").And.Contain("nothing was changed");
        _attempts.Should().Be(1);
    }

    [Fact]
    public async Task ACall_ThatIsRefusedAfterOneWithoutAnAnswer_MayHaveTakenEffect()
    {
        var failure = await FailureOfAsync(Change, Sent, Full);

        failure.MayHaveHappened.Should().BeTrue();
        _attempts.Should().Be(2);
    }

    [Fact]
    public async Task ACall_ThatRepeatsRefusals_GoesOnUntilTheServerTakesIt()
    {
        var result = await RunAsync(Change with { RetriesRefused = true }, Full, Full);

        result.Should().Be(3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACall_WithoutAnAnswer_MayHaveTakenEffectOnlyIfItChangesSomething(bool changes)
    {
        var failure = await FailureOfAsync(Change with { Changes = changes }, [.. Enumerable.Repeat(Sent, 10_000)]);

        failure.MayHaveHappened.Should().Be(changes);
        failure.Message.Should().StartWith(changes
            ? $"Could not publish: Redis did not confirm it within {Limit}; it may have taken effect."
            : $"Could not publish: Redis did not answer within {Limit}. ");
        _attempts.Should().BeGreaterThan(10, "the pauses between attempts are at most two seconds");
    }

    [Fact]
    public async Task ACall_WhileNoConnectionIsOpen_IsNotSent_AndChangedNothing()
    {
        _isConnected = false;

        var failure = await FailureOfAsync(Change);

        failure.MayHaveHappened.Should().BeFalse();
        _attempts.Should().Be(0);
    }

    [Fact]
    public async Task ACall_WhenAConnectionIsOpenAgain_IsSent()
    {
        _isConnected = false;
        var running = StartAsync(Change, []);
        _clock.Advance(TimeSpan.FromSeconds(5));
        _attempts.Should().Be(0);

        _isConnected = true;

        (await AdvanceUntilAsync(running)).Should().Be(1);
    }

    [Fact]
    public async Task ACall_ThatLosesItsConnectionAfterOneWithoutAnAnswer_MayHaveTakenEffect()
    {
        var failure = await FailureOfAsync(Change, () => _isConnected = false, Sent);

        failure.MayHaveHappened.Should().BeTrue();
        _attempts.Should().Be(1);
    }

    [Fact]
    public async Task Cancellation_BeforeAnythingWasSent_WithdrawsTheCall()
    {
        _isConnected = false;
        using var source = new CancellationTokenSource();
        var running = StartAsync(Change, [], token: source.Token);

        await source.CancelAsync();

        await FluentActions.Awaiting(() => AdvanceUntilAsync(running)).Should().ThrowAsync<OperationCanceledException>();
        _attempts.Should().Be(0);
    }

    [Fact]
    public async Task Cancellation_AfterACallWithoutAnAnswer_WithdrawsNothing()
    {
        using var source = new CancellationTokenSource();
        var running = StartAsync(Change, [Sent], token: source.Token);

        await source.CancelAsync();

        (await AdvanceUntilAsync(running)).Should().Be(2);
    }

    [Fact]
    public async Task AnAttempt_ThatHangs_IsAbandonedWhenTheCallersTimeIsOver()
    {
        var hanging = new TaskCompletionSource<int>();
        var retry = new RedisRetry(_clock, _ => true);
        var running = retry.RunAsync(Change, retry.Begin(Limit), () => new ValueTask<int>(hanging.Task)).AsTask();

        var failure = await FluentActions.Awaiting(() => AdvanceUntilAsync(running)).Should().ThrowAsync<StoreUnavailableException>();

        failure.Which.MayHaveHappened.Should().BeTrue();
    }

    [Fact]
    public void Backoff_GrowsToTwoSeconds_AndIsNeverZero()
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            var longest = Math.Min(2000, 50 * Math.Pow(2, attempt));
            RedisRetry.Backoff(attempt).TotalMilliseconds.Should().BeGreaterThanOrEqualTo(1).And.BeLessThanOrEqualTo(longest + 1);
        }
    }

    // Answers how many attempts there were.
    private Task<int> StartAsync(RetriedCall call, Exception[] failures, Action? failing = null, CancellationToken token = default)
    {
        var retry = new RedisRetry(_clock, _ => _isConnected);
        return retry.RunAsync(call, retry.Begin(Limit, token), () =>
        {
            _attempts++;
            if (_attempts > failures.Length)
            {
                return ValueTask.FromResult(_attempts);
            }

            failing?.Invoke();
            return ValueTask.FromException<int>(failures[_attempts - 1]);
        }).AsTask();
    }

    private async Task<T> AdvanceUntilAsync<T>(Task<T> running)
    {
        for (var i = 0; !running.IsCompleted; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(running, Task.Delay(1));
            i.Should().BeLessThan(100_000, "the call ends when its time is over");
        }

        return await running;
    }

    private Task<int> RunAsync(RetriedCall call, params Exception[] failures) => AdvanceUntilAsync(StartAsync(call, failures));

    private Task<StoreUnavailableException> FailureOfAsync(RetriedCall call, params Exception[] failures) =>
        FailureOfAsync(call, () => { }, failures);

    private async Task<StoreUnavailableException> FailureOfAsync(RetriedCall call, Action failing, params Exception[] failures) =>
        (await FluentActions.Awaiting(
            () => AdvanceUntilAsync(StartAsync(call, failures, failing))).Should().ThrowAsync<StoreUnavailableException>()).Which;
}
