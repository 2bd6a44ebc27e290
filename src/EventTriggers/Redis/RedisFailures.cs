using EventTriggers.Diagnostics;
using StackExchange.Redis;

namespace EventTriggers.Redis;

/// <summary>Reads failures of the client.</summary>
internal static class RedisFailures
{
    public static RedisFailure Classify(Exception exception) => exception switch
    {
        RedisServerException e => Classify(e),
        RedisConnectionException e => Classify(e.CommandStatus),
        RedisTimeoutException e => Classify(e.Commandstatus),
        TimeoutException or RedisException => RedisFailure.Unknown,
        _ => RedisFailure.Fatal,
    };

    /// <summary>Keeps the failure of a call that is no longer awaited from being reported as unobserved.</summary>
    public static void Forget(Task abandoned) => _ = abandoned.ContinueWith(
        static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>Tells whether a failure comes from Redis or from the connection, and not from this library.</summary>
    public static bool IsRedis(Exception exception) => exception is RedisException or TimeoutException;

    /// <summary>Tells whether a key holds a value of another type.</summary>
    public static bool IsOfAnotherType(Exception? exception) => exception is RedisServerException { Kind: RedisErrorKind.WrongType };

    /// <summary>Tells whether the server answered an error that no repeat changes.</summary>
    public static bool IsRejected(Exception exception) =>
        exception is RedisServerException server && Classify(server) == RedisFailure.Fatal;

    private static RedisFailure Classify(CommandStatus status) =>
        status is CommandStatus.WaitingToBeSent or CommandStatus.WaitingInBacklog ? RedisFailure.NotExecuted : RedisFailure.Unknown;

    private static RedisFailure Classify(RedisServerException exception) => exception.Kind switch
    {
        RedisErrorKind.NoScript or RedisErrorKind.TryAgain or RedisErrorKind.Busy or RedisErrorKind.Loading or RedisErrorKind.ClusterDown
            or RedisErrorKind.MasterDown or RedisErrorKind.ReadOnly or RedisErrorKind.NoReplicas or RedisErrorKind.MaxClients
            or RedisErrorKind.Moved or RedisErrorKind.Ask => RedisFailure.NotExecuted,
        RedisErrorKind.OutOfMemory or RedisErrorKind.Misconfigured or RedisErrorKind.NoAuth or RedisErrorKind.WrongPass
            or RedisErrorKind.NoPermission => RedisFailure.Refused,
        RedisErrorKind.ConnectionFault or RedisErrorKind.Timeout => RedisFailure.Unknown,
        _ => ClassifyText(Failures.MessageOf(exception)),
    };

    // The error of a command inside a script comes back as a plain ERR that only quotes it.
    private static RedisFailure ClassifyText(string message)
    {
        if (message.Contains("OOM ", StringComparison.Ordinal) || message.Contains("MISCONF ", StringComparison.Ordinal))
        {
            return RedisFailure.Refused;
        }

        return message.Contains("READONLY ", StringComparison.Ordinal) || message.Contains("NOREPLICAS ", StringComparison.Ordinal)
            ? RedisFailure.NotExecuted
            : RedisFailure.Fatal;
    }
}
