using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EventTriggers.Dashboard.Access;

/// <summary>Asks the host's policies what a user may do.</summary>
internal static class Permissions
{
    // As the stores take it.
    private const int MaxNameLength = 200;

    public static async ValueTask<bool> CanChangeAsync(HttpContext http, EventTriggersDashboardOptions options) =>
        !options.IsReadOnly && await HoldsAsync(http, options.ChangePolicy).ConfigureAwait(false);

    public static ValueTask<bool> CanSeePayloadsAsync(HttpContext http, EventTriggersDashboardOptions options) =>
        HoldsAsync(http, options.PayloadPolicy);

    /// <summary>Gets the user's name, for the log and the audit list; of a long one what fits there.</summary>
    public static string NameOf(HttpContext http) =>
        http.User.Identity is not { IsAuthenticated: true } user ? "anonymous"
        : user.Name is not { Length: > 0 } name ? "a user without a name"
        : name.Length <= MaxNameLength ? name
        : name[..(char.IsHighSurrogate(name[MaxNameLength - 1]) ? MaxNameLength - 1 : MaxNameLength)];

    private static async ValueTask<bool> HoldsAsync(HttpContext http, string? policy) =>
        policy is null || (await http.RequestServices.GetRequiredService<IAuthorizationService>()
            .AuthorizeAsync(http.User, http, policy).ConfigureAwait(false)).Succeeded;
}
