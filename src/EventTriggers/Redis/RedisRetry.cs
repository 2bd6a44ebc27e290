using EventTriggers.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>Repeats a call for as long as a repeat may help and its caller waits.</summary>
/// <param name="timeProvider">The clock of the deadlines.</param>
/// <param name="isConnected">Whether a connection leads to the primary that has a key.</param>
/// <param name="logger">Logs an outage once, at its first failure, and its end once.</param>
/// <param name="topology">Finds the server of a key again when there is no answer.</param>
internal sealed class RedisRetry(
    TimeProvider timeProvider, Func<RedisKey, bool>? isConnected = null, ILogger? logger = null, Topology? topology = null)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NextLook = TimeSpan.FromMilliseconds(100);

    private static readonly RedisException NotConnected = new("No connection to the server is open.");

    private readonly Outage _outage = new(timeProvider, logger ?? NullLogger.Instance);
    private Task _look = Task.CompletedTask;

    /// <summary>Gets the local timestamp.</summary>
    public long Now => timeProvider.GetTimestamp();

    /// <summary>Gets the time since a local timestamp.</summary>
    public TimeSpan Since(long timestamp) => timeProvider.GetElapsedTime(timestamp);

    /// <summary>Starts the time of a caller.</summary>
    public Deadline Begin(TimeSpan limit, CancellationToken token = default) => new(timeProvider, Now, limit, token);

    /// <summary>Gets the time of a caller that has waited since a local timestamp and whose call no token withdraws.</summary>
    public Deadline Begin(TimeSpan limit, long since) => new(timeProvider, since, limit, CancellationToken.None);

    /// <summary>Repeats a call until it succeeds, whether or not a connection is open.</summary>
    /// <param name="what">Names the operation in the exception.</param>
    /// <param name="limit">How long to keep trying.</param>
    /// <param name="send">The call; safe to repeat, whether or not it took effect.</param>
    /// <param name="changes">Whether the call changes something.</param>
    /// <param name="retryRefused">Whether to go on while the server refuses to write.</param>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    public ValueTask<T> RunAsync<T>(string what, TimeSpan limit, Func<ValueTask<T>> send, bool changes = true, bool retryRefused = false) =>
        RunAsync(
        new RetriedCall(what, default) { Changes = changes, RetriesRefused = retryRefused, IsAwaitedToItsEnd = true }, Begin(limit), send);

    /// <summary>
    /// Repeats a call until it succeeds. Before anything is sent the deadline's token withdraws the call at once; an attempt that was sent
    /// is awaited, but not beyond the deadline.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Redis refused the call, or did not confirm it in time.</exception>
    /// <exception cref="OperationCanceledException">The call was withdrawn; nothing was changed.</exception>
    public async ValueTask<T> RunAsync<T>(RetriedCall call, Deadline deadline, Func<ValueTask<T>> send)
    {
        var mayHaveHappened = false;
        for (var attempt = 0; ; attempt++)
        {
            deadline.Token.ThrowIfCancellationRequested();
            try
            {
                await ConnectAsync(call, deadline).ConfigureAwait(false);
                var result = call.IsAwaitedToItsEnd || deadline.Limit == TimeSpan.MaxValue
                    ? await send().ConfigureAwait(false)
                    : await InTimeAsync(send().AsTask(), deadline, call.Changes).ConfigureAwait(false);
                _outage.End(call);
                return result;
            }
            catch (Exception e) when (RedisFailures.IsRedis(e))
            {
                var failure = RedisFailures.Classify(e);
                mayHaveHappened |= call.Changes && failure is RedisFailure.Unknown or RedisFailure.Fatal;
                if (failure == RedisFailure.Fatal || (failure == RedisFailure.Refused && !call.RetriesRefused) || deadline.IsOver)
                {
                    throw Unavailable(call, failure, deadline.Limit, mayHaveHappened, e);
                }

                _outage.Note(call, e, deadline.Limit);
            }
            catch (StoreUnavailableException e) when (mayHaveHappened && !e.MayHaveHappened)
            {
                // The connection is gone, and an earlier attempt may have run.
                throw Unavailable(call, RedisFailure.Unknown, deadline.Limit, mayHaveHappened, NotConnected);
            }

            deadline = mayHaveHappened ? deadline.AfterChange : deadline;
            await Task.Delay(Shorter(Backoff(attempt), deadline.Left), timeProvider, deadline.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Gets the pause before the next attempt: exponential with full jitter, so that hosts do not come back in step.</summary>
    public static TimeSpan Backoff(int attempt)
    {
        var limit = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)));
        return TimeSpan.FromMilliseconds(1 + (Random.Shared.NextDouble() * limit));
    }

    /// <summary>Creates the exception for a caller whose time ended before its call could be made.</summary>
    public StoreUnavailableException Unavailable(RetriedCall call, TimeSpan limit) =>
        Unavailable(call, RedisFailure.NotExecuted, limit, mayHaveHappened: false, _outage.Last);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    // An attempt that was sent may still run: it is abandoned, and its effect is unknown.
    private async ValueTask<T> InTimeAsync<T>(Task<T> sent, Deadline deadline, bool changes)
    {
        var token = changes ? CancellationToken.None : deadline.Token;
        try
        {
            if (topology is not null && deadline.Left > Topology.Patience && !sent.IsCompleted)
            {
                await ((Task)sent).WaitAsync(Topology.Patience, timeProvider, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (!sent.IsCompleted && !token.IsCancellationRequested)
                {
                    topology.Ask();
                }
            }

            return await sent.WaitAsync(deadline.Left, timeProvider, token).ConfigureAwait(false);
        }
        finally
        {
            if (!sent.IsCompleted)
            {
                RedisFailures.Forget(sent);
            }
        }
    }

    /// <summary>Tells whether a connection leads to the server of a call.</summary>
    public bool IsConnected(RetriedCall call) => isConnected is null || call.Key == default(RedisKey) || isConnected(call.Key);

    /// <summary>
    /// Waits for a connection, or until the call is no longer wanted. A command without a connection would wait in the client, and could be
    /// sent after its caller was told that it was not.
    /// </summary>
    /// <exception cref="StoreUnavailableException">There is no connection in time.</exception>
    public async ValueTask ConnectAsync(RetriedCall call, Deadline deadline, Func<bool>? isWanted = null)
    {
        while (!IsConnected(call) && isWanted?.Invoke() != false)
        {
            if (await LeadsThereAsync(call, deadline).ConfigureAwait(false))
            {
                return;
            }

            _outage.Note(call, NotConnected, deadline.Limit);
            if (deadline.IsOver)
            {
                throw Unavailable(call, RedisFailure.NotExecuted, deadline.Limit, mayHaveHappened: false, NotConnected);
            }

            await LookAgainAsync(deadline.Left, deadline.Token).ConfigureAwait(false);
        }
    }

    // Where the client does not know, a server does.
    private async ValueTask<bool> LeadsThereAsync(RetriedCall call, Deadline deadline)
    {
        if (topology is null || deadline.IsOver)
        {
            return false;
        }

        var asking = topology.LeadsToAsync(call.Key);
        await ((Task)asking).WaitAsync(Shorter(deadline.Left, Topology.Patience), timeProvider, deadline.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return asking.IsCompletedSuccessfully && await asking.ConfigureAwait(false);
    }

    // One timer serves all that wait for a connection.
    private Task LookAgainAsync(TimeSpan left, CancellationToken token)
    {
        if (left < NextLook)
        {
            return Task.Delay(left, timeProvider, token);
        }

        var look = Volatile.Read(ref _look);
        if (look.IsCompleted)
        {
            Volatile.Write(ref _look, look = Task.Delay(NextLook, timeProvider, CancellationToken.None));
        }

        return look.WaitAsync(token);
    }

    private static StoreUnavailableException Unavailable(
        RetriedCall call, RedisFailure failure, TimeSpan limit, bool mayHaveHappened, Exception? last)
    {
        // A read changes nothing, so its failure does not say so.
        var why = failure is RedisFailure.Refused or RedisFailure.Fatal
            ? "Redis refused it"
            : call.Changes ? $"Redis did not confirm it within {limit}" : $"Redis did not answer within {limit}";
        var effect = mayHaveHappened ? "; it may have taken effect" : call.Changes ? "; nothing was changed" : string.Empty;
        return new StoreUnavailableException(
            $"Could not {call.What}: {why}{effect}. {(last is null ? string.Empty : Failures.MessageOf(last))}", mayHaveHappened, last);
    }
}
