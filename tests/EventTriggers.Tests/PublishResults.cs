using EventTriggers.Events;

namespace EventTriggers.Tests;

/// <summary>What tests want of the answers to a publish.</summary>
internal static class PublishResults
{
    public static IReadOnlyList<string> Ids(this IEnumerable<PublishResult> results) => [.. results.Select(static result => result.Id)];

    /// <summary>Publishes events in one call, each with an id of its own: chance spreads them over the partitions.</summary>
    public static async Task<IReadOnlyList<string>> PublishSpreadAsync<TEvent>(this IEventBus bus, IEnumerable<TEvent> payloads)
        where TEvent : notnull =>
        (await bus.PublishManyAsync([.. payloads.Select(static one => EventToPublish.Of(one, Spread()))])).Ids();

    /// <summary>Gets options with an id of its own.</summary>
    public static PublishOptions Spread() => new() { Id = IdGenerator.Next() };
}
