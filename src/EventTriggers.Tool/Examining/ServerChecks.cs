using EventTriggers.Tool.Operating;
using EventTriggers.Tool.Output;

namespace EventTriggers.Tool.Examining;

/// <summary>Judges what the servers of a bus say of themselves. What several partitions say alike is told once.</summary>
internal static class ServerChecks
{
    private const double MuchMemory = 0.8;

    // What the library can do without, and what is missing then.
    private static readonly Dictionary<string, string> Dispensable = new(StringComparer.Ordinal)
    {
        ["PUBLISH"] = "consumers poll instead of being woken",
        ["INFO"] = "version, memory and settings of the server are not checked",
        ["SCAN"] = "deliveries that are missing in an index are not found",
    };

    public static IEnumerable<Check> Of(IReadOnlyList<ServerRecord> servers, DateTimeOffset now) => servers
        .SelectMany(server => Of(server, now).Select(check => (server.Partition, Check: check)))
        .GroupBy(static one => one.Check)
        .Select(same => same.Count() == servers.Count
            ? same.Key
            : same.Key with { Text = $"{same.Key.Text} (partition {string.Join(", ", same.Select(static one => one.Partition))})" });

    private static IEnumerable<Check> Of(ServerRecord server, DateTimeOffset now)
    {
        if (server.Failure is { } failure)
        {
            yield return new Check("server", Level.Error, $"It cannot be read: {failure}", "Look at the server.");
            yield break;
        }

        yield return Identity(server);
        yield return Rights(server);
        if (server.UsedMemoryBytes is { } used)
        {
            yield return Memory(used, server.MaxMemoryBytes ?? 0);
        }

        if (server.EvictionPolicy is { } policy)
        {
            yield return Policy(policy);
        }

        if (server.HasAppendOnlyFile is { } hasFile)
        {
            yield return Persistence(server, hasFile, now);
        }
    }

    private static Check Identity(ServerRecord server) => server.Version is null
        ? new Check("server", Level.Notice, "It does not tell which server it is.")
        : new Check(
            "server", server.Role == "slave" ? Level.Error : Level.Ok,
            $"{server.Product} {server.Version}"
            + (server.Role is { } role ? $", {(role == "master" ? "primary" : "replica")}" : string.Empty)
            + (server.Replicas is { } replicas ? $", {Words.Count(replicas, "replica", "replicas")}" : string.Empty)
            + (server.Uptime is { } up ? $", up {Words.Length(up)}" : string.Empty),
            server.Role == "slave" ? "Calls must go to the primary." : null);

    private static Check Rights(ServerRecord server)
    {
        var refused = server.RefusedCommands;
        var needed = refused.Where(static command => !Dispensable.ContainsKey(command)).ToArray();
        return refused.Count == 0
            ? new Check("rights", Level.Ok, "The user may run every command that is needed")
            : new Check(
                "rights", needed.Length > 0 ? Level.Error : Level.Warning,
                $"The user may not run {string.Join(", ", refused)}"
                + (needed.Length > 0 ? string.Empty : $": {string.Join("; ", refused.Select(static command => Dispensable[command]))}"),
                "docs/reliability.md lists the rights of the server's user.");
    }

    private static Check Memory(long used, long most) => (used, most) switch
    {
        (_, 0) => new Check("memory", Level.Ok, $"{Words.Bytes(used)} used, without a limit"),
        _ when used > most * MuchMemory => new Check(
            "memory", Level.Warning, $"{Words.Bytes(used)} of {Words.Bytes(most)} used: when it is full, publishing is refused.",
            "docs/operations.md: Redis runs out of memory."),
        _ => new Check("memory", Level.Ok, $"{Words.Bytes(used)} of {Words.Bytes(most)} used"),
    };

    private static Check Policy(string policy) => policy == "noeviction"
        ? new Check("policy", Level.Ok, "It evicts nothing (maxmemory-policy noeviction)")
        : new Check(
            "policy", Level.Error, $"It may evict keys, and events with them (maxmemory-policy {policy}).",
            "Set maxmemory-policy to noeviction.");

    private static Check Persistence(ServerRecord server, bool hasFile, DateTimeOffset now) => server switch
    {
        { HasFailedToPersist: true } => new Check(
            "persistence", Level.Error, "Its last attempt to write to disk failed.", "Look at its log and its disk."),
        _ when hasFile => new Check("persistence", Level.Ok, "It keeps an append-only file"),
        _ => new Check(
            "persistence", Level.Notice,
            "It keeps no append-only file: a restart loses what came after the last snapshot"
            + (server.LastSnapshotAt is { } last ? $", {Words.Distance(last, now)}." : "."),
            "Set appendonly to yes, unless a loss is acceptable."),
    };
}
