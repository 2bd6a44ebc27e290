using System.Text.Json;
using EventTriggers.Tests;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Dashboard.Tests;

/// <summary>A web application with a dashboard, on loopback, with a prefix of its own on the fixture's server.</summary>
internal sealed class DashboardApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DashboardApp(WebApplication app, string prefix, LogLines log)
    {
        (_app, Prefix, Log) = (app, prefix, log);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Address) };
    }

    public string Prefix { get; }

    public LogLines Log { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public IEventBus Bus => Services.GetRequiredService<IEventBus>();

    public IEnumerable<RouteEndpoint> Routes => Services.GetServices<EndpointDataSource>().SelectMany(static source => source.Endpoints)
        .OfType<RouteEndpoint>().Where(static one => one.RoutePattern.RawText!.StartsWith("/triggers", StringComparison.Ordinal));

    public string Address => Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Starts an application whose dashboard viewers and operators may see, and operators may change.</summary>
    /// <param name="redis">The server.</param>
    /// <param name="build">Adds handlers and triggers.</param>
    /// <param name="configure">Changes the settings of the dashboard.</param>
    /// <param name="map">Maps the dashboard; by default with the policy of those who may look.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="connection">The connection to Redis; by default the fixture's.</param>
    /// <param name="options">Changes the settings of the bus.</param>
    /// <param name="services">Adds services before those of the bus.</param>
    public static async Task<DashboardApp> StartAsync(
        RedisFixture redis, Action<IRedisTriggersBuilder>? build = null, Action<EventTriggersDashboardOptions>? configure = null,
        Action<WebApplication>? map = null, string environment = "Production", IConnectionMultiplexer? connection = null,
        Action<RedisTriggersOptions>? options = null, Action<IServiceCollection>? services = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var (prefix, log) = (RedisFixture.NewPrefix(), new LogLines());
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton(connection ?? redis.HostConnection);
        services?.Invoke(builder.Services);
        var bus = builder.Services.AddRedisTriggers(settings =>
        {
            settings.KeyPrefix = prefix;
            options?.Invoke(settings);
        });
        build?.Invoke(bus);
        bus.RunAsHostedService();
        builder.Services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, UserHeader>("test", static _ => { });
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy("look", static policy => policy.RequireRole("viewer", "operator"))
            .AddPolicy("change", static policy => policy.RequireRole("operator"));
        var app = builder.Build();
        if (map is not null)
        {
            map(app);
        }
        else
        {
            app.MapEventTriggersDashboard("/triggers", dashboard =>
            {
                dashboard.ChangePolicy = "change";
                configure?.Invoke(dashboard);
            }).RequireAuthorization("look");
        }

        await Wait.ForAsync(app.StartAsync());
        return new DashboardApp(app, prefix, log);
    }

    public async Task<HttpResponseMessage> SendAsync(
        Visitor visitor, HttpMethod method, string path, string? body = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (visitor is not Visitor.Anonymous)
        {
            request.Headers.Add(UserHeader.Name, visitor switch
            {
                Visitor.Viewer => "viewer",
                Visitor.Stranger => "stranger",
                _ => "operator",
            });
        }

        request.Headers.Add(
            "Origin",
            visitor == Visitor.OtherOrigin ? "https://elsewhere.example" : Client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        if (visitor is not Visitor.NoHeader)
        {
            request.Headers.Add("X-EventTriggers-Change", "1");
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        change?.Invoke(request);
        return await Wait.ForAsync(Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
    }

    public async Task<JsonElement> GetAsync(string path, Visitor visitor = Visitor.Viewer)
    {
        using var response = await SendAsync(visitor, HttpMethod.Get, $"/triggers/{path}");
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.Should().BeTrue($"{path} answered {response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task<JsonElement> PostAsync(string path, string body, Visitor visitor = Visitor.Operator)
    {
        using var response = await SendAsync(visitor, HttpMethod.Post, $"/triggers/{path}", body);
        response.IsSuccessStatusCode.Should().BeTrue($"{path} answered {response.StatusCode}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Wait.ForAsync(_app.StopAsync());
        await _app.DisposeAsync();
        Log.Dispose();
    }
}
