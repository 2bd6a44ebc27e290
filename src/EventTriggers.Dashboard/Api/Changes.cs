using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Keeps what was changed, by whom, in the log and in the audit list, and says it.</summary>
internal static class Changes
{
    private const int MaxDetailsLength = 1500;

    /// <param name="call">The request.</param>
    /// <param name="action">What was asked for, for example <c>pause group</c>.</param>
    /// <param name="target">The id or name of what it was asked for.</param>
    /// <param name="outcome">What happened: the name of an outcome.</param>
    /// <param name="words">What happened, in words.</param>
    /// <param name="isDone">Whether anything was changed.</param>
    /// <param name="details">What else was asked for.</param>
    public static async Task<IResult> ReportAsync(
        DashboardCall call, string action, string target, string outcome, string words, bool isDone, string? details = null)
    {
        var logger = call.Dashboard.Logger;
        details = Clip(details);
        logger.ChangeMade(call.User, action, target, outcome, details ?? string.Empty);
        try
        {
            // Not withdrawn when the browser leaves: it has happened.
            await call.Dashboard.Get<IAuditStore>()
                .AddAsync(
                    new AuditEntry { Action = action, Target = target, By = call.User, Outcome = outcome, Details = details },
                    CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or InvalidOperationException)
        {
            // What has happened stays, and the log has it.
            logger.AuditFailed(e, action, target, call.User);
        }

        return DashboardCall.Json(
            new ChangeView { Outcome = outcome, Message = words, IsDone = isDone }, DashboardJson.Default.ChangeView);
    }

    // As much as the audit list takes, and no half of a pair of surrogates.
    private static string? Clip(string? details) =>
        details is not { Length: > MaxDetailsLength } ? details
        : details[..(char.IsHighSurrogate(details[MaxDetailsLength - 1]) ? MaxDetailsLength - 1 : MaxDetailsLength)];
}
