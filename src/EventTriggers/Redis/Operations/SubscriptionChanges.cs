namespace EventTriggers.Redis.Operations;

/// <summary>What subscription_changes.lua answers.</summary>
/// <param name="Epoch">Tells the numbers from those before the store lost its data.</param>
/// <param name="StartsOver">Whether this is the beginning of all subscriptions, and replaces what the caller knew.</param>
/// <param name="Number">The number up to which the subscriptions are known now.</param>
/// <param name="HasMore">Whether there is another page.</param>
/// <param name="Removed">The members and fields that were removed.</param>
/// <param name="Added">The members and fields that were added, and their numbers.</param>
internal sealed record SubscriptionChanges(
    string Epoch,
    bool StartsOver,
    long Number,
    bool HasMore,
    IReadOnlyList<string> Removed,
    IReadOnlyList<(string Member, long Number)> Added);
