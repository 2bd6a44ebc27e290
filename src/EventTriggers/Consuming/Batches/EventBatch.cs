using System.Collections;

namespace EventTriggers;

/// <summary>The events that a batch handler handles in one call, in the order in which this process claimed them.</summary>
/// <typeparam name="TEvent">The payload's type.</typeparam>
public sealed class EventBatch<TEvent> : IReadOnlyList<BatchItem<TEvent>>
{
    private readonly BatchItem<TEvent>[] _items;

    internal EventBatch(IReadOnlyList<BatchItem> items, IServiceProvider services)
    {
        _items = [.. items.Cast<BatchItem<TEvent>>()];
        Services = services;
    }

    /// <summary>Gets the group that the deliveries belong to.</summary>
    public string Group => _items[0].Group;

    /// <summary>Gets the key that all events of the batch have; <see langword="null"/> if they have none, or different ones.</summary>
    public string? Key => Array.TrueForAll(_items, item => item.Key == _items[0].Key) ? _items[0].Key : null;

    /// <summary>Gets the services of the batch's own scope, which ends with the handler. The handler class comes from it.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Gets the number of events; at least 1.</summary>
    public int Count => _items.Length;

    /// <summary>Gets one event of the batch.</summary>
    /// <param name="index">Its position, starting at 0.</param>
    /// <returns>The event, with its delivery.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative, or not below <see cref="Count"/>.</exception>
    public BatchItem<TEvent> this[int index] => index >= 0 && index < _items.Length
        ? _items[index]
        : throw new ArgumentOutOfRangeException(
            nameof(index), index, $"The index must be between 0 and {_items.Length - 1}, but is {index}.");

    /// <summary>Gets the events one after another.</summary>
    /// <returns>The events.</returns>
    public IEnumerator<BatchItem<TEvent>> GetEnumerator() => ((IEnumerable<BatchItem<TEvent>>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}
