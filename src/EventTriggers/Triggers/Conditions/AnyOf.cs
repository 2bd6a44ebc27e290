namespace EventTriggers;

/// <summary>Tests of which a value has to pass one. Exact ones are looked up where they are many: an event may have as many values.</summary>
internal sealed class AnyOf
{
    // From so many on a look-up is quicker.
    private const int Many = 8;

    private readonly HashSet<byte[]>? _texts;
    private readonly HashSet<decimal>? _numbers;
    private readonly HashSet<string>? _anyCase;
    private readonly ValueTest[] _rest;

    public AnyOf(IReadOnlyList<ValueTest> tests)
    {
        _texts = SetOf(tests.OfType<TextTest>().Select(static test => test.Text.ToArray()), Utf8Comparer.Instance);
        _numbers = SetOf(tests.OfType<NumberTest>().Select(static test => test.Number), comparer: null);
        _anyCase = SetOf(tests.OfType<IgnoreCaseTest>().Select(static test => test.Text), StringComparer.OrdinalIgnoreCase);
        _rest = [.. tests.Where(test => !(test is TextTest && _texts is not null) && !(test is NumberTest && _numbers is not null) && !(test is IgnoreCaseTest && _anyCase is not null))];
    }

    public bool Matches(in JsonLeaf leaf)
    {
        if ((_numbers is not null && leaf.IsNumber && _numbers.Contains(leaf.Number))
            || (_texts is not null && leaf.IsText && _texts.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(leaf.Text))
            || (_anyCase is not null && leaf.IsText && leaf.As16(_anyCase, static (all, text) => all.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text))))
        {
            return true;
        }

        foreach (var test in _rest)
        {
            if (test.Matches(leaf))
            {
                return true;
            }
        }

        return false;
    }

    private static HashSet<T>? SetOf<T>(IEnumerable<T> values, IEqualityComparer<T>? comparer)
    {
        var all = values.ToArray();
        return all.Length < Many ? null : new HashSet<T>(all, comparer);
    }
}
