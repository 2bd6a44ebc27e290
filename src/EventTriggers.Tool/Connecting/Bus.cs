using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventTriggers.Tool.Connecting;

/// <summary>A bus, opened with what a host uses: the public stores, on a connection of its own.</summary>
internal sealed class Bus : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly TimeProvider _time;

    private Bus(BusSettings settings, ConnectionMultiplexer connection, StoredMeta? meta, TimeSpan clockOffset, TimeProvider time)
    {
        (Settings, Connection, Meta, ClockOffset, _time) = (settings, connection, meta, clockOffset, time);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(Warnings));
        AddTo(services);
        _services = services.BuildServiceProvider();
    }

    public BusSettings Settings { get; }

    public ConnectionMultiplexer Connection { get; }

    /// <summary>Gets what the bus was created with; <see langword="null"/> if it does not exist yet.</summary>
    public StoredMeta? Meta { get; }

    /// <summary>Gets how far the clock of Redis is ahead of the clock of this machine.</summary>
    public TimeSpan ClockOffset { get; }

    public Warnings Warnings { get; } = new();

    /// <summary>Gets the time by the clock of Redis, which decides what is due.</summary>
    public DateTimeOffset Now => _time.GetUtcNow() + ClockOffset;

    public IEventBus Publisher => _services.GetRequiredService<IEventBus>();

    public IEventStore Events => _services.GetRequiredService<IEventStore>();

    public ITriggerStore Triggers => _services.GetRequiredService<ITriggerStore>();

    public IGroupStore Groups => _services.GetRequiredService<IGroupStore>();

    public IRateLimitStore Limits => _services.GetRequiredService<IRateLimitStore>();

    public IOperationStore Operations => _services.GetRequiredService<IOperationStore>();

    public IServerStore Servers => _services.GetRequiredService<IServerStore>();

    public IAuditStore Audit => _services.GetRequiredService<IAuditStore>();

    /// <param name="settings">Which bus.</param>
    /// <param name="time">The clock of this machine.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ToolException">Redis cannot be reached.</exception>
    public static async Task<Bus> OpenAsync(BusSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(settings).WaitAsync(cancellationToken);
        try
        {
            var database = connection.GetDatabase();
            var meta = await StoredMeta.ReadAsync(database, settings.Prefix).WaitAsync(cancellationToken);
            var offset = await OffsetAsync(database, time).WaitAsync(cancellationToken);
            return new Bus(settings, connection, meta, offset, time);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds the bus to services.</summary>
    public void AddTo(IServiceCollection services) => services.AddRedisTriggers(options =>
    {
        options.KeyPrefix = Settings.Prefix;
        options.Partitions = Settings.Partitions ?? Meta?.Partitions ?? 1;
        options.OperationTimeout = Settings.Timeout;
    }).UseConnection(_ => Connection);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(BusSettings settings)
    {
        var server = settings.Server.Clone();
        server.AbortOnConnectFail = true;
        server.ConnectRetry = 1;
        server.ClientName ??= "et";
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(server);
        }
        catch (RedisConnectionException e)
        {
            throw new ToolException(
                ExitCode.Failed,
                $"Redis at {settings.Address} cannot be reached: {ReasonOf(e)} Nothing was done.", e);
        }
    }

    // The client's own message advises programs.
    private static string ReasonOf(RedisConnectionException exception) => exception.FailureType switch
    {
        ConnectionFailureType.AuthenticationFailure => "it refuses the user or the password.",
        _ when exception.Message.Contains("WRONGPASS", StringComparison.Ordinal)
            || exception.Message.Contains("NOAUTH", StringComparison.Ordinal) => "it refuses the user or the password.",
        ConnectionFailureType.UnableToConnect => "nothing answers there, or not in time.",
        var type => $"{(exception.InnerException ?? exception).Message.Split(". ")[0].TrimEnd('.')} ({type}).",
    };

    private static async Task<TimeSpan> OffsetAsync(IDatabase database, TimeProvider time)
    {
        var (sent, started) = (time.GetUtcNow(), time.GetTimestamp());
        RedisResult reply;
        try
        {
            reply = await database.ExecuteAsync("TIME");
        }
        catch (RedisServerException)
        {
            // A user who may not ask for the time goes by this machine's.
            return TimeSpan.Zero;
        }

        var parts = (string[])reply!;
        var server = DateTimeOffset.UnixEpoch.AddSeconds(long.Parse(parts[0], CultureInfo.InvariantCulture))
            .AddMicroseconds(long.Parse(parts[1], CultureInfo.InvariantCulture));
        return server - (sent + (time.GetElapsedTime(started) / 2));
    }
}
