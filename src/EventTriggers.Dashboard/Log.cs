using Microsoft.Extensions.Logging;

namespace EventTriggers.Dashboard;

// Event ids are public: alerts filter on them. Append only; never renumber or reuse.
internal static partial class Log
{
    [LoggerMessage(301, LogLevel.Information, "{User} did '{Action}' to '{Target}' in the dashboard: {Outcome}. {Details}")]
    public static partial void ChangeMade(
        this ILogger logger, string user, string action, string target, string outcome, string details);

    [LoggerMessage(302, LogLevel.Error, "'{Action}' to '{Target}' by {User} is missing in the audit list; this log has it.")]
    public static partial void AuditFailed(this ILogger logger, Exception exception, string action, string target, string user);

    [LoggerMessage(303, LogLevel.Warning, "A change that {User} asked for at {Path} was refused: {Reason}")]
    public static partial void ChangeRefused(this ILogger logger, string user, string path, string reason);

    [LoggerMessage(
        304, LogLevel.Warning,
        "The dashboard at {Pattern} is closed, and refused a request: the host does not say who may see it. Call RequireAuthorization on "
        + "what MapEventTriggersDashboard returns.")]
    public static partial void Closed(this ILogger logger, string pattern);

    [LoggerMessage(305, LogLevel.Error, "The dashboard could not do what {User} asked for at {Path}: {Reason}")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string user, string path, string reason);
}
