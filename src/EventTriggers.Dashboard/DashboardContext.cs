using EventTriggers.Dashboard.Access;
using EventTriggers.Dashboard.Overview;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Dashboard;

/// <summary>What all requests to one mapped dashboard share.</summary>
internal sealed class DashboardContext
{
    private static readonly TimeSpan ServersAge = TimeSpan.FromSeconds(10);

    private readonly IServiceProvider _services;

    public DashboardContext(string pattern, EventTriggersDashboardOptions options, IServiceProvider services)
    {
        (Pattern, Options, _services) = (pattern, options, services);
        Redactor = new Redactor(options.RedactedPaths, options.RedactedHeaders);
        TimeProvider = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("EventTriggers.Dashboard");
        Rates = new RateCache(this);
        Overview = new(TimeProvider, OverviewReader.Age, new OverviewReader(this).ReadAsync);
        Servers = new(TimeProvider, ServersAge, () => Get<IServerStore>().ReadAsync(CancellationToken.None).AsTask());
    }

    public string Pattern { get; }

    public EventTriggersDashboardOptions Options { get; }

    public Redactor Redactor { get; }

    public TimeProvider TimeProvider { get; }

    public ILogger Logger { get; }

    public SharedAnswer<OverviewView> Overview { get; }

    /// <summary>Gets what the servers say of themselves.</summary>
    public SharedAnswer<IReadOnlyList<ServerRecord>> Servers { get; }

    public RateCache Rates { get; }

    /// <summary>Gets a service of the bus that is shown.</summary>
    public T Get<T>()
        where T : notnull =>
        Options.ServiceKey is { } key ? _services.GetRequiredKeyedService<T>(key) : _services.GetRequiredService<T>();

    public T GetShared<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
