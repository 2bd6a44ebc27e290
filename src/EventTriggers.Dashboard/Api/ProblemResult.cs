using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Api;

/// <summary>Answers with why a request failed.</summary>
internal sealed class ProblemResult(int status, string title, string detail) : IResult
{
    public int Status => status;

    public Problem ToProblem() => new() { Status = status, Title = title, Detail = detail };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        return httpContext.Response.WriteAsJsonAsync(
            ToProblem(), DashboardJson.Default.Problem, "application/problem+json", httpContext.RequestAborted);
    }
}
