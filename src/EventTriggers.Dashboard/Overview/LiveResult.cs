using System.Text.Json;
using EventTriggers.Dashboard.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;

namespace EventTriggers.Dashboard.Overview;

/// <summary>Sends the overview to a browser again and again, as server-sent events.</summary>
internal sealed class LiveResult(DashboardContext dashboard) : IResult
{
    // Then the browser connects again, and is authorized again.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // After it the browser is told that Redis is slow; the stores themselves try for longer.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "text/event-stream";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // For proxies that collect a response before they pass it on.
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(
            httpContext.RequestAborted, dashboard.GetShared<IHostApplicationLifetime>().ApplicationStopping);
        try
        {
            await SendAsync(httpContext.Response, ends.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The browser has left, or the host stops.
        }
    }

    private async Task SendAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        var (time, began) = (dashboard.TimeProvider, dashboard.TimeProvider.GetTimestamp());
        while (time.GetElapsedTime(began) < Longest)
        {
            await response.WriteAsync(await NextAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await Task.Delay(OverviewReader.Age, time, cancellationToken).ConfigureAwait(false);
        }
    }

    // A failure is news as well: the page says it, and the stream goes on.
    private async Task<string> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            var overview = await dashboard.Overview.ReadAsync(cancellationToken)
                .WaitAsync(AnswerTime, dashboard.TimeProvider, cancellationToken).ConfigureAwait(false);
            return $"event: overview\ndata: {JsonSerializer.Serialize(overview, DashboardJson.Default.OverviewView)}\n\n";
        }
        catch (TimeoutException)
        {
            return Message(new ProblemResult(
                StatusCodes.Status503ServiceUnavailable, "Redis has not answered yet", "What is shown is as it was before."));
        }
        catch (Exception e) when (Problems.Find(e) is { } problem)
        {
            return Message(problem);
        }
    }

    private static string Message(ProblemResult problem) =>
        $"event: problem\ndata: {JsonSerializer.Serialize(problem.ToProblem(), DashboardJson.Default.Problem)}\n\n";
}
