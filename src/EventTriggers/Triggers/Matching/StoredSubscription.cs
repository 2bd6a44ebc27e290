namespace EventTriggers.Triggers.Matching;

/// <summary>A subscription, and where the index of its type holds it.</summary>
/// <param name="Subscription">The subscription.</param>
/// <param name="Value">The value under which it is looked up; <see langword="null"/> where the matching processes cache it.</param>
internal sealed record StoredSubscription(TriggerSubscription Subscription, FieldValueKey? Value);
