namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// A set of prefixes or suffixes. Prefixes that begin with another one are left out. So a text can begin only with the last prefix that is
/// not sorted after it.
/// </summary>
internal sealed class SortedPrefixes
{
    private readonly bool _isReversed;
    private readonly byte[][] _prefixes;

    /// <param name="prefixes">The prefixes or suffixes.</param>
    /// <param name="isReversed">Whether texts are read from the end, which turns prefixes into suffixes.</param>
    public SortedPrefixes(IEnumerable<byte[]> prefixes, bool isReversed)
    {
        _isReversed = isReversed;
        var apart = new List<byte[]>();
        foreach (var prefix in prefixes.Order(Comparer<byte[]>.Create((one, other) => Compare(one, other))))
        {
            if (apart.Count == 0 || !BeginsWith(prefix, apart[^1]))
            {
                apart.Add(prefix);
            }
        }

        _prefixes = [.. apart];
    }

    public bool HasPrefixOf(ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, _prefixes.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = Compare(_prefixes[middle], text) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && BeginsWith(text, _prefixes[low - 1]);
    }

    private bool BeginsWith(ReadOnlySpan<byte> text, byte[] prefix) => _isReversed ? text.EndsWith(prefix) : text.StartsWith(prefix);

    private int Compare(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (!_isReversed)
        {
            return one.SequenceCompareTo(other);
        }

        for (var i = 1; i <= Math.Min(one.Length, other.Length); i++)
        {
            if (one[^i] != other[^i])
            {
                return one[^i] - other[^i];
            }
        }

        return one.Length - other.Length;
    }
}
