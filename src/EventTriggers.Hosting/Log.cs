using Microsoft.Extensions.Logging;

namespace EventTriggers.Hosting;

/// <summary>Log events of the hosting package. Their ids do not overlap with those of the core.</summary>
internal static partial class Log
{
    [LoggerMessage(201, LogLevel.Error, "The consumer loop of {Bus} has ended, and handles nothing any more: {Reason}")]
    public static partial void ConsumerFailed(this ILogger logger, Exception exception, string bus, string reason);

    [LoggerMessage(202, LogLevel.Warning,
        "Could not connect to Redis for {Bus}; this is retried. With abortConnect=false in the connection string, the client itself waits "
        + "for the server.")]
    public static partial void ConnectionFailed(this ILogger logger, Exception exception, string bus);

    [LoggerMessage(203, LogLevel.Warning,
        "{Setting} of {Bus} is {DrainTimeout}, but HostOptions.ShutdownTimeout is {ShutdownTimeout}: running handlers get {Limit} when the "
        + "host stops. Raise ShutdownTimeout, or lower DrainTimeout.")]
    public static partial void DrainTooLong(
        this ILogger logger, string setting, string bus, TimeSpan drainTimeout, TimeSpan shutdownTimeout, TimeSpan limit);

    [LoggerMessage(204, LogLevel.Error, "The changed configuration of {Bus} is not valid, so the settings stay as they are: {Problems}")]
    public static partial void ConfigurationRejected(this ILogger logger, string bus, string problems);

    [LoggerMessage(205, LogLevel.Warning,
        "The configuration of {Bus} was changed, and takes effect when this process starts again: {Settings}.")]
    public static partial void RestartNeeded(this ILogger logger, string bus, string settings);

    [LoggerMessage(206, LogLevel.Information,
        "The configuration of {Bus} was changed, and applies from the next delivery on: {Settings}.")]
    public static partial void ConfigurationApplied(this ILogger logger, string bus, string settings);
}
