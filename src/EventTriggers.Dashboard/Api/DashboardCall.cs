using System.Text.Json.Serialization.Metadata;
using EventTriggers.Dashboard.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace EventTriggers.Dashboard.Api;

/// <summary>One request that may be answered.</summary>
internal sealed class DashboardCall(HttpContext http, DashboardContext dashboard)
{
    // Far more than any change needs.
    private const int MaxBodyBytes = 64 * 1024;

    public HttpContext Http => http;

    public DashboardContext Dashboard => dashboard;

    public string User => Permissions.NameOf(http);

    public CancellationToken Aborted => http.RequestAborted;

    public QueryValues Query { get; } = new(http.Request.Query);

    public IEventStore Events => dashboard.Get<IEventStore>();

    public IGroupStore Groups => dashboard.Get<IGroupStore>();

    public ITriggerStore Triggers => dashboard.Get<ITriggerStore>();

    public IOperationStore Operations => dashboard.Get<IOperationStore>();

    public ValueTask<bool> CanChangeAsync() => Permissions.CanChangeAsync(http, dashboard.Options);

    public async ValueTask<PayloadViews> PayloadsAsync() =>
        new(dashboard.Redactor, await Permissions.CanSeePayloadsAsync(http, dashboard.Options).ConfigureAwait(false));

    /// <exception cref="BadHttpRequestException">The body is not what is expected.</exception>
    public async ValueTask<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxBodyBytes;
        }

        if (!http.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("The body must be JSON, with the content type application/json.");
        }

        return await http.Request.ReadFromJsonAsync(type, Aborted).ConfigureAwait(false)
            ?? throw new BadHttpRequestException("The body must be an object, but is null.");
    }

    public static IResult Json<T>(T value, JsonTypeInfo<T> type) => TypedResults.Json(value, type);
}
