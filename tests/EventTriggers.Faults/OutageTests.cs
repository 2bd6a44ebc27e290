using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>The server answers with an error for a while: hosts wait, say so once, and go on by themselves.</summary>
public sealed class OutageTests(RedisFixture redis, ITestOutputHelper output)
{
    private readonly Outage _outage = new(redis, output);

    // A primary that was cut off from its replicas.
    [Fact]
    [Trait("Fault", "45")]
    [Trait("Fault", "48")]
    public Task NoReplicas() => _outage.RunAsync(
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "1"),
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "0"));

    // The last save failed, because a folder is where the file should go.
    [Fact]
    [Trait("Fault", "49")]
    public Task Misconfigured() => _outage.RunAsync(
        async server =>
        {
            Directory.CreateDirectory(Path.Combine(server.Folder, "taken", "x"));
            await server.RunAsync("CONFIG", "SET", "save", "3600 1");
            await server.RunAsync("BGSAVE");
            await Wait.UntilAsync(
                async () => (await server.RunAsync("INFO", "persistence"))
                    .Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal), "the save fails");
        },
        server => server.RunAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"),
        "--dbfilename", "taken");

    [Fact]
    [Trait("Fault", "50")]
    public Task OutOfMemory() => _outage.RunAsync(
        server => server.RunAsync("CONFIG", "SET", "maxmemory", "1"), server => server.RunAsync("CONFIG", "SET", "maxmemory", "0"));

    // Somebody's script does not end; it is never killed from here.
    [Fact]
    [Trait("Fault", "53")]
    public Task Busy() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "busy-reply-threshold", "50");
            var other = await server.ConnectAsync();
            _ = other.GetDatabase().ExecuteAsync("EVAL", "while true do end", "0")
                .ContinueWith(_ => other.Dispose(), TaskScheduler.Default);
        },
        server => server.RunAsync("SCRIPT", "KILL"));

    [Fact]
    [Trait("Fault", "54")]
    public Task PasswordChanged() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "requirepass", "new");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "requirepass", string.Empty));

    [Fact]
    [Trait("Fault", "48")]
    public Task TooManyClients() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "maxclients", "2");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "maxclients", "1000"));

    // The server follows another one, which is not there.
    [Fact]
    [Trait("Fault", "47")]
    public Task ReadOnly() => _outage.RunAsync(
        server => server.RunAsync("REPLICAOF", "127.0.0.1", "1"), server => server.RunAsync("REPLICAOF", "NO", "ONE"));

    [Fact]
    [Trait("Fault", "48")]
    public Task MasterDown() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "replica-serve-stale-data", "no");
            await server.RunAsync("REPLICAOF", "127.0.0.1", "1");
        },
        server => server.RunAsync("REPLICAOF", "NO", "ONE"));
}
