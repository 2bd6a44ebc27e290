using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Files;

/// <summary>Sends a browser to an address that is relative to the one it asked for.</summary>
internal sealed class RelativeRedirect(string address) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        // With its query, which the page does not use, but a proxy may.
        httpContext.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        httpContext.Response.Headers.Location = $"./{Uri.EscapeDataString(address.TrimEnd('/'))}/{httpContext.Request.QueryString}";
        return Task.CompletedTask;
    }
}
