using System.Collections;
using System.Globalization;
using EventTriggers.Consuming.Execution;
using EventTriggers.Triggers;

namespace EventTriggers.Diagnostics;

/// <summary>
/// The log scope around the handling of a delivery: every line that a handler writes, through whatever logger, carries it.
/// </summary>
/// <remarks>A structure, so that a logger which keeps no scopes costs nothing; its values are made when a line is written.</remarks>
/// <param name="prefix">The key prefix.</param>
/// <param name="delivery">The delivery; its hash can be read.</param>
internal readonly struct DeliveryScope(string prefix, Delivery delivery) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => delivery.Firing.Length == 0 ? 5 : 6;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("Prefix", prefix),
        1 => new("Group", delivery.Group),
        2 => new("EventId", delivery.Id),
        3 => new("EventType", delivery.Type),
        4 => new("Attempt", delivery.Attempt),
        5 when Count == 6 => new("TriggerId", FiringJson.FindTriggerId(delivery.Firing)),
        _ => throw new ArgumentOutOfRangeException(nameof(index), index, $"The index must be below {Count}."),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(
        ", ", this.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value}")));
}
