using EventTriggers.Tests;

namespace EventTriggers.Faults;

/// <summary>The server answers with an error for a while: hosts wait, say so once, and go on by themselves.</summary>
public sealed class OutageTests(RedisFixture redis, ITestOutputHelper output)
{
    private readonly Outage _outage = new(redis, output);

    // Faults 45 and 48: a primary that was cut off from its replicas.
    [Fact]
    public Task NoReplicas() => _outage.RunAsync(
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "1"),
        server => server.RunAsync("CONFIG", "SET", "min-replicas-to-write", "0"));

    // Fault 49: the last save failed, because a folder is where the file should go.
    [Fact]
    public Task Misconfigured() => _outage.RunAsync(
        async server =>
        {
            Directory.CreateDirectory(Path.Combine(server.Folder, "taken", "x"));
            await server.RunAsync("CONFIG", "SET", "save", "3600 1");
            await server.RunAsync("BGSAVE");
            await Wait.UntilAsync(async () => (await server.RunAsync("INFO", "persistence")).Contains("rdb_last_bgsave_status:err", StringComparison.Ordinal), "the save fails");
        },
        server => server.RunAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"),
        "--dbfilename", "taken");

    // Fault 50.
    [Fact]
    public Task OutOfMemory() => _outage.RunAsync(
        server => server.RunAsync("CONFIG", "SET", "maxmemory", "1"), server => server.RunAsync("CONFIG", "SET", "maxmemory", "0"));

    // Fault 53: somebody's script does not end; it is never killed from here.
    [Fact]
    public Task Busy() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "busy-reply-threshold", "50");
            var other = await server.ConnectAsync();
            _ = other.GetDatabase().ExecuteAsync("EVAL", "while true do end", "0").ContinueWith(_ => other.Dispose(), TaskScheduler.Default);
        },
        server => server.RunAsync("SCRIPT", "KILL"));

    // Fault 54.
    [Fact]
    public Task PasswordChanged() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "requirepass", "new");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "requirepass", string.Empty));

    // Fault 48.
    [Fact]
    public Task TooManyClients() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "maxclients", "2");
            await server.RunAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        },
        server => server.RunAsync("CONFIG", "SET", "maxclients", "1000"));

    // Fault 47: the server follows another one, which is not there.
    [Fact]
    public Task ReadOnly() => _outage.RunAsync(
        server => server.RunAsync("REPLICAOF", "127.0.0.1", "1"), server => server.RunAsync("REPLICAOF", "NO", "ONE"));

    // Fault 48.
    [Fact]
    public Task MasterDown() => _outage.RunAsync(
        async server =>
        {
            await server.RunAsync("CONFIG", "SET", "replica-serve-stale-data", "no");
            await server.RunAsync("REPLICAOF", "127.0.0.1", "1");
        },
        server => server.RunAsync("REPLICAOF", "NO", "ONE"));
}
