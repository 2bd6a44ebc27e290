namespace EventTriggers.Redis.Operations;

/// <summary>What probe.lua answers.</summary>
/// <param name="Server">INFO of the server; empty where it may not be read.</param>
/// <param name="Memory">INFO of the server's memory; empty where it may not be read.</param>
/// <param name="Persistence">INFO of the server's persistence; empty where it may not be read.</param>
/// <param name="Replication">INFO of the server's replication; empty where it may not be read.</param>
/// <param name="Refused">The commands that the server refuses.</param>
/// <param name="ForeignKey">A key that holds a value of another type, and that type.</param>
internal sealed record ProbeReply(
    string Server, string Memory, string Persistence, string Replication, string[] Refused, (string Key, string Type)? ForeignKey);
