namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Tests of which a value must pass at least one. Many tests of one kind are indexed, because an event may have many values too. Wildcards
/// and case-insensitive prefixes and suffixes are always tried one by one.
/// </summary>
internal sealed class AnyOf
{
    // A look-up is faster than trying each test from this count on.
    private const int MinIndexed = 8;

    private readonly HashSet<byte[]>? _texts;
    private readonly HashSet<decimal>? _numbers;
    private readonly HashSet<string>? _anyCase;
    private readonly SortedRanges<decimal>? _ranges;
    private readonly SortedRanges<UInt128>? _networks;
    private readonly SortedPrefixes? _prefixes;
    private readonly SortedPrefixes? _suffixes;
    private readonly ValueTest[] _rest;

    public AnyOf(IReadOnlyList<ValueTest> tests)
    {
        var rest = tests.ToList();
        _texts = Take<TextTest, byte[], HashSet<byte[]>>(
            rest, static test => test.Text.ToArray(), static all => new(all, Utf8Comparer.Instance));
        _numbers = Take<NumberTest, decimal, HashSet<decimal>>(rest, static test => test.Number, static all => [.. all]);
        _anyCase = Take<IgnoreCaseTest, string, HashSet<string>>(
            rest, static test => test.Text, static all => new(all, StringComparer.OrdinalIgnoreCase));
        _ranges = Take<NumericTest, ValueRange<decimal>, SortedRanges<decimal>>(
            rest, static test => test.Range, static all => new(all));
        _networks = Take<NetworkTest, ValueRange<UInt128>, SortedRanges<UInt128>>(
            rest, static test => test.Network, static all => new(all));
        _prefixes = Take<WildcardTest, byte[], SortedPrefixes>(
            rest, static test => test.OnlyPrefix, static all => new(all, isReversed: false));
        _suffixes = Take<WildcardTest, byte[], SortedPrefixes>(
            rest, static test => test.OnlySuffix, static all => new(all, isReversed: true));
        _rest = [.. rest];
        Cost = LookupCost() + _rest.Aggregate(default(MatchCost), static (sum, test) => sum + test.Cost);
    }

    /// <summary>Gets the maximum cost of testing one value.</summary>
    public MatchCost Cost { get; }

    public bool Matches(in JsonLeaf leaf)
    {
        if ((leaf.IsNumber && MatchesNumber(leaf.Number)) || (leaf.IsText && MatchesText(leaf)))
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

    private bool MatchesNumber(decimal number) => _numbers?.Contains(number) is true || _ranges?.Contains(number) is true;

    private bool MatchesText(in JsonLeaf leaf) =>
        (_texts is not null && _texts.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(leaf.Text))
        || (_anyCase is not null
            && leaf.As16(_anyCase, static (all, text) => all.GetAlternateLookup<ReadOnlySpan<char>>().Contains(text)))
        || _prefixes?.HasPrefixOf(leaf.Text) is true
        || _suffixes?.HasPrefixOf(leaf.Text) is true
        || (_networks is not null && leaf.TryGetAddress(out var address) && _networks.Contains(address));

    // Measured values, in the steps of MatchCost.
    private MatchCost LookupCost() =>
        (_texts is null ? default : new MatchCost(2, 1))
        + (_numbers is null ? default : new MatchCost(2, 0))
        + (_anyCase is null ? default : new MatchCost(6, 5))
        + (_ranges is null ? default : new MatchCost(6, 0))
        + (_networks is null ? default : new MatchCost(12, 0))
        + (_prefixes is null ? default : new MatchCost(8, 1))
        + (_suffixes is null ? default : new MatchCost(8, 20));

    // Moves the tests of one kind from the list to an index, if there are enough of them.
    private static TResult? Take<TTest, TValue, TResult>(
        List<ValueTest> rest, Func<TTest, TValue?> valueOf, Func<IEnumerable<TValue>, TResult> lookup)
        where TTest : ValueTest
        where TResult : class
    {
        var all = rest.OfType<TTest>().Where(test => valueOf(test) is not null).ToHashSet();
        if (all.Count < MinIndexed)
        {
            return null;
        }

        rest.RemoveAll(test => test is TTest one && all.Contains(one));
        return lookup(all.Select(test => valueOf(test)!));
    }
}
