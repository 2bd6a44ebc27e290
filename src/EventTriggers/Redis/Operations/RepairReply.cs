namespace EventTriggers.Redis.Operations;

/// <summary>What repair.lua answers.</summary>
/// <param name="Wait">When the next page is due.</param>
/// <param name="Seen">How many keys were looked at; <see langword="null"/> when no page was due.</param>
/// <param name="IsThrough">Whether this page was the last of its round.</param>
/// <param name="Repaired">How much was put back.</param>
/// <param name="Strays">How many of those that could not be put into their index were looked at.</param>
/// <param name="ForeignKeys">The keys that hold a value of another type than they must, with that type.</param>
internal sealed record RepairReply(
    TimeSpan Wait, int? Seen, bool IsThrough, int Repaired, int Strays, IReadOnlyDictionary<string, string> ForeignKeys);
