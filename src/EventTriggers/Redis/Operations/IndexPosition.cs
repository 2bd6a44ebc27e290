namespace EventTriggers.Redis.Operations;

/// <summary>The last entry of sorted sets that a page looked at. The same position continues in every partition.</summary>
/// <param name="Source">The sorted set, where they are read one after another; empty before the first, or where they are merged.</param>
/// <param name="Score">The score, as the server writes it; the same text is sent back.</param>
/// <param name="Member">The member.</param>
internal sealed record IndexPosition(string Source, string Score, byte[] Member);
