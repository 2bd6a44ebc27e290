using System.Diagnostics;
using EventTriggers.Dashboard.Api;
using Microsoft.AspNetCore.Http;

namespace EventTriggers.Dashboard.Access;

/// <summary>A route with everything that stands before it: the gate, the origin, the policy; and its failures in plain words.</summary>
internal sealed class GuardedRoute(DashboardContext dashboard, DashboardRoute route)
{
    private int _reported;

    public async Task InvokeAsync(HttpContext http)
    {
        SecurityHeaders.Set(http.Response.Headers);
        var answer = await AnswerAsync(http).ConfigureAwait(false);
        await answer.ExecuteAsync(http).ConfigureAwait(false);
    }

    private async Task<IResult> AnswerAsync(HttpContext http)
    {
        if (!AccessGate.IsOpen(http))
        {
            return Closed();
        }

        if (route.Kind == RouteKind.Change && await RefusalAsync(http).ConfigureAwait(false) is { } refusal)
        {
            dashboard.Logger.ChangeRefused(Permissions.NameOf(http), http.Request.Path, refusal);
            return Problems.Forbidden(refusal);
        }

        try
        {
            return await route.Handle(new DashboardCall(http, dashboard)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty;
        }
        catch (Exception e) when (Problems.Find(e) is { } problem)
        {
            Report(http, e, problem);
            return problem;
        }
    }

    private async ValueTask<string?> RefusalAsync(HttpContext http)
    {
        Debug.Assert(HttpMethods.IsPost(http.Request.Method), "A change is a POST.");
        if (ChangeGuard.Problem(http.Request) is { } problem)
        {
            return problem;
        }

        return dashboard.Options.IsReadOnly ? "This dashboard is read-only."
            : await Permissions.CanChangeAsync(http, dashboard.Options).ConfigureAwait(false) ? null
            : $"You may look, but not change anything: policy '{dashboard.Options.ChangePolicy}' does not let you.";
    }

    private IResult Closed()
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
        {
            dashboard.Logger.Closed(dashboard.Pattern);
        }

        return Results.Text(
            $"""
            This dashboard is closed, because the application does not say who may see it. Write:

              app.MapEventTriggersDashboard("{dashboard.Pattern}").RequireAuthorization("ops");

            where "ops" is a policy of the application. In the environment Development, a browser on the same machine needs none.
            """,
            statusCode: StatusCodes.Status403Forbidden);
    }

    private void Report(HttpContext http, Exception failure, ProblemResult problem)
    {
        if (problem.Status >= StatusCodes.Status500InternalServerError)
        {
            dashboard.Logger.RequestFailed(failure, Permissions.NameOf(http), http.Request.Path, failure.Message);
        }
    }
}
