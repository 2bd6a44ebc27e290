namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The union of some ranges, as ranges that do not overlap. At most one of them contains a value, and binary search finds it.
/// </summary>
internal sealed class SortedRanges<T>
    where T : IComparable<T>
{
    private readonly ValueRange<T>[] _ranges;

    public SortedRanges(IEnumerable<ValueRange<T>> ranges)
    {
        var apart = new List<ValueRange<T>>();
        foreach (var range in ranges.OrderBy(static range => range.Low).ThenBy(static range => range.LowIsOpen))
        {
            if (apart.Count > 0 && Touch(apart[^1], range))
            {
                apart[^1] = Join(apart[^1], range);
            }
            else
            {
                apart.Add(range);
            }
        }

        _ranges = [.. apart];
    }

    public IReadOnlyList<ValueRange<T>> Ranges => _ranges;

    public bool Contains(T value)
    {
        var (low, high) = (0, _ranges.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _ranges[middle].IsAbove(value) ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && _ranges[low - 1].Contains(value);
    }

    // The second range does not begin below the first. Two open ends at the same value leave a gap: that value.
    private static bool Touch(ValueRange<T> first, ValueRange<T> second) =>
        second.Low.CompareTo(first.High) is var order && (order < 0 || (order == 0 && !(first.HighIsOpen && second.LowIsOpen)));

    private static ValueRange<T> Join(ValueRange<T> first, ValueRange<T> second) =>
        (second.High.CompareTo(first.High), first.HighIsOpen && second.HighIsOpen) switch
        {
            (> 0, _) => first with { High = second.High, HighIsOpen = second.HighIsOpen },
            (0, var isOpen) => first with { HighIsOpen = isOpen },
            _ => first,
        };
}
