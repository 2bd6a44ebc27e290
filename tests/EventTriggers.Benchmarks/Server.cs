using System.Globalization;
using EventTriggers.Testing;
using StackExchange.Redis;

namespace EventTriggers.Benchmarks;

/// <summary>The server of one round, and what it tells about itself.</summary>
internal sealed class Server : IAsyncDisposable
{
    private static int _rounds;

    private readonly RedisTestServer? _own;
    private readonly ConnectionMultiplexer _admin;

    private Server(RedisTestServer? own, string connectionString, ConnectionMultiplexer admin)
    {
        (_own, ConnectionString, _admin) = (own, connectionString, admin);
        Prefix = own is not null
            ? new RedisTriggersOptions().KeyPrefix
            : $"bench{Environment.ProcessId}-{Interlocked.Increment(ref _rounds)}";
    }

    public string ConnectionString { get; }

    /// <summary>Gets the prefix of this round's keys.</summary>
    public string Prefix { get; }

    /// <summary>Gets a value indicating whether it was started here.</summary>
    public bool IsOwn => _own is not null;

    public IDatabase Database => _admin.GetDatabase();

    /// <summary>Gets how many nodes there are, of which each has a part of the keys.</summary>
    public int Masters => Nodes.Count();

    private IServer Node => _admin.GetServers()[0];

    private IEnumerable<IServer> Nodes => _admin.GetServers().Where(static node => !node.IsReplica);

    /// <summary>Uses the given server, or starts one.</summary>
    public static async Task<Server> StartAsync(string? given, bool isCompact)
    {
        var own = given is null ? await RedisTestServer.StartAsync() : null;
        var connectionString = given ?? own!.ConnectionString;
        var server = new Server(own, connectionString, await ConnectionMultiplexer.ConnectAsync($"{connectionString},allowAdmin=true"));
        if (isCompact)
        {
            await server.MakeCompactAsync();
        }

        return server;
    }

    /// <summary>Gets the CPU time that it has used, in microseconds.</summary>
    public async Task<double> CpuAsync() => await ReadAsync("cpu", "used_cpu_user", "used_cpu_sys") * 1e6;

    /// <summary>Gets the memory that it uses, in bytes.</summary>
    public Task<double> MemoryAsync() => ReadAsync("memory", "used_memory");

    /// <summary>Gets how often each command was called, by clients and by scripts.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CallsAsync()
    {
        var infos = await Task.WhenAll(Nodes.Select(static node => node.InfoAsync("commandstats")));
        return infos.SelectMany(static info => info).SelectMany(static group => group)
            .GroupBy(static pair => pair.Key["cmdstat_".Length..]).ToDictionary(
                static command => command.Key,
                static command => command.Sum(static pair =>
                    long.Parse(pair.Value.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture)));
    }

    /// <summary>
    /// Counts what clients sent between two answers of <see cref="CallsAsync"/>. What the library's scripts call is not sent.
    /// </summary>
    public static long SentByClients(IReadOnlyDictionary<string, long> before, IReadOnlyDictionary<string, long> after) =>
        ((string[])["eval", "evalsha", "ping", "echo", "subscribe", "unsubscribe", "hello"])
            .Sum(command => after.GetValueOrDefault(command) - before.GetValueOrDefault(command));

    /// <summary>Gets the longest commands since <see cref="WatchSlownessAsync"/>.</summary>
    public async Task<TimeSpan> SlowestAsync() =>
        (await Node.SlowlogGetAsync(1000)).Select(static entry => entry.Duration).DefaultIfEmpty().Max();

    /// <summary>Begins to note what takes longer than half a millisecond.</summary>
    public async Task WatchSlownessAsync()
    {
        await Node.ConfigSetAsync("slowlog-log-slower-than", 500);
        await Node.ConfigSetAsync("slowlog-max-len", 1000);
        await Node.SlowlogResetAsync();
    }

    /// <summary>Lets a group have the payload's type, as a host does that starts to consume.</summary>
    public Task SubscribeAsync() => Database.SetAddAsync($"{{{Prefix}:0}}:routes:{Payload.TypeName}", Host.Group);

    /// <summary>Gets how many deliveries of a group are ready, claimed, or tried again later.</summary>
    public async Task<long> WaitingAsync(string group) =>
        await Database.ListLengthAsync(
            $"{{{Prefix}:0}}:ready:{group}") + await Database.SortedSetLengthAsync(
                $"{{{Prefix}:0}}:leased:{group}") + await Database.SortedSetLengthAsync($"{{{Prefix}:0}}:delayed:{group}");

    /// <summary>Lets it keep hashes compact although they hold a payload of more than 64 bytes.</summary>
    public Task MakeCompactAsync() => Node.ConfigSetAsync("hash-max-listpack-value", "1024");

    /// <summary>Removes this round's keys.</summary>
    public async Task ClearAsync()
    {
        await foreach (var keys in Node.KeysAsync(Database.Database, $"*{Prefix}:*", 1000).Chunk(1000))
        {
            await Database.KeyDeleteAsync(keys);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsOwn)
        {
            await ClearAsync();
        }

        await _admin.DisposeAsync();
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }

    /// <summary>Adds up numbers out of INFO.</summary>
    private async Task<double> ReadAsync(string section, params string[] names)
    {
        var infos = await Task.WhenAll(Nodes.Select(node => node.InfoAsync(section)));
        return infos.SelectMany(static info => info).SelectMany(static group => group).Where(pair => names.Contains(pair.Key))
            .Sum(static pair => double.Parse(pair.Value, CultureInfo.InvariantCulture));
    }
}
