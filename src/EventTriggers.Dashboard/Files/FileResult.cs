using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EventTriggers.Dashboard.Files;

/// <summary>Answers with a file; with nothing but its tag, if the browser has it.</summary>
internal sealed class FileResult(UiFile file) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (request, response) = (httpContext.Request, httpContext.Response);

        // A browser asks each time, and is told with a few bytes that nothing has changed; so no deployment leaves old files behind.
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.ETag = file.Tag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (request.Headers.IfNoneMatch.ToString().Contains(file.Tag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var content = file.Content;
        if (TakesBrotli(request))
        {
            (content, response.Headers.ContentEncoding) = (file.Compressed, "br");
        }

        (response.ContentType, response.ContentLength) = (file.ContentType, content.Length);
        await response.Body.WriteAsync(content, httpContext.RequestAborted).ConfigureAwait(false);
    }

    private static bool TakesBrotli(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)
            && accepted.Any(static one => one.Value.Equals("br", StringComparison.OrdinalIgnoreCase) && one.Quality is not 0);
}
