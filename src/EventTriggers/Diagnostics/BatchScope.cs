using System.Collections;
using System.Globalization;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Diagnostics;

/// <summary>The log scope around the handling of a batch: every line that a handler writes, through whatever logger, carries it.</summary>
/// <remarks>A structure, so that a logger which keeps no scopes costs nothing; its values are made when a line is written.</remarks>
/// <param name="prefix">The key prefix.</param>
/// <param name="group">The group.</param>
/// <param name="leases">The deliveries.</param>
internal readonly struct BatchScope(string prefix, string group, IReadOnlyList<Lease> leases)
    : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("Prefix", prefix),
        1 => new("Group", group),
        2 => new("EventType", leases[0].Delivery.Type),
        3 => new("BatchSize", leases.Count),
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
