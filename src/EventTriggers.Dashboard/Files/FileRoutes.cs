using EventTriggers.Dashboard.Api;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Files;

/// <summary>Serves the page and its files.</summary>
internal static class FileRoutes
{
    // The addresses in the page are relative to a path that ends with a slash. So is this one: whatever prefix a proxy has stripped.
    public static Task<IResult> PageAsync(DashboardCall call)
    {
        var path = call.Http.Request.Path.Value;
        if (string.IsNullOrEmpty(path))
        {
            path = call.Http.Request.PathBase.Value;
        }

        return path is not { Length: > 0 } || path[^1] == '/'
            ? Serve(call, UiFiles.Page)
            : Task.FromResult<IResult>(new RelativeRedirect($"{path[(path.LastIndexOf('/') + 1)..]}/"));
    }

    public static Task<IResult> FileAsync(DashboardCall call) => Serve(call, (string)call.Http.Request.RouteValues["file"]!);

    private static Task<IResult> Serve(DashboardCall call, string name) => Task.FromResult<IResult>(
        UiFiles.Find(name) is { } file ? new FileResult(file) : Problems.NotFound($"The dashboard has no file '{name}'."));
}
