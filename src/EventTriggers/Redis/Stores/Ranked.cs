namespace EventTriggers.Redis.Stores;

/// <summary>An event and its rank among others.</summary>
internal readonly record struct Ranked(double Rank, EventRecord Event);
