using EventTriggers.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Hosting.Tests;

/// <summary>A generic host in the test's process, with a prefix of its own on the fixture's server.</summary>
internal sealed class GenericHost : IAsyncDisposable
{
    private readonly IHost _host;

    private GenericHost(IHost host, string prefix, LogLines log) => (_host, Prefix, Log) = (host, prefix, log);

    public string Prefix { get; }

    public LogLines Log { get; }

    public IServiceProvider Services => _host.Services;

    public IEventBus Bus => Services.GetRequiredService<IEventBus>();

    public IEventStore Events => Services.GetRequiredService<IEventStore>();

    public bool IsStopping => Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    /// <param name="build">Registers everything, with a prefix of its own.</param>
    /// <param name="configure">Sets up the configuration.</param>
    public static GenericHost Create(Action<IServiceCollection, string> build, Action<IConfigurationBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        configure?.Invoke(builder.Configuration);
        var (prefix, log) = (RedisFixture.NewPrefix(), new LogLines());
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(log);
        build(builder.Services, prefix);
        return new GenericHost(builder.Build(), prefix, log);
    }

    public async Task<GenericHost> StartAsync()
    {
        await Wait.ForAsync(_host.StartAsync());
        return this;
    }

    public Task StopAsync() => Wait.ForAsync(_host.StopAsync());

    public Task StoppedAsync() => Wait.ForAsync(_host.WaitForShutdownAsync());

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _host.Dispose();
        Log.Dispose();
    }
}
