using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Access;

/// <summary>Tells changes that a page of the dashboard asks for from those that a page elsewhere makes a browser ask for.</summary>
internal static class ChangeGuard
{
    /// <summary>
    /// The header that every change has. A page of another origin cannot send it without asking this host first, which does not allow it.
    /// </summary>
    public const string Header = "X-EventTriggers-Change";

    /// <summary>Finds what is wrong with where a change comes from.</summary>
    /// <returns>What is wrong; <see langword="null"/> for nothing.</returns>
    public static string? Problem(HttpRequest request)
    {
        if (!IsSameOrigin(request))
        {
            return "A change must come from a page of this dashboard: its Sec-Fetch-Site must be same-origin, or its Origin this host.";
        }

        return request.Headers[Header] == "1" ? null : $"A change needs the header '{Header}: 1', which the pages of the dashboard send.";
    }

    // The browser's own word counts first. It is right behind a proxy that changes the host as well; browsers send it to https and to this
    // machine only, so the origin decides elsewhere. The scheme is not compared: a proxy may end TLS.
    private static bool IsSameOrigin(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        return site.Count > 0
            ? site == "same-origin"
            : Uri.TryCreate(request.Headers.Origin, UriKind.Absolute, out var origin)
                && string.Equals(HostOf(origin), request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    private static string HostOf(Uri origin) => origin.IsDefaultPort ? origin.Host : $"{origin.Host}:{origin.Port}";
}
