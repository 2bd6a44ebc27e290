namespace EventTriggers.Triggers.Conditions;

/// <summary>A constraint on the values of one field: at least one value passes one of the tests, or the field may be absent.</summary>
internal class FieldConstraint(string name, ValueTest[] tests, bool mayBeAbsent)
{
    private readonly AnyOf _any = new(tests);

    // The ranges do not overlap, so a value leads to the clause at most once.
    private readonly ValueTest[] _tests = Separate(tests);

    public string Name => name;

    public ValueTest[] Tests => _tests;

    /// <summary>Gets the maximum cost of testing one value.</summary>
    public MatchCost Cost => _any.Cost;

    public bool MayBeAbsent => mayBeAbsent;

    public bool Matches(in JsonLeaf leaf) => _any.Matches(leaf);

    private static ValueTest[] Separate(ValueTest[] tests)
    {
        if (tests.Count(static test => test is NumericTest or NetworkTest) < 2)
        {
            return tests;
        }

        var numbers = new SortedRanges<decimal>(tests.OfType<NumericTest>().Select(static test => test.Range));
        var networks = new SortedRanges<UInt128>(tests.OfType<NetworkTest>().Select(static test => test.Network));
        return
        [
            .. tests.Where(static test => test is not (NumericTest or NetworkTest)),
            .. numbers.Ranges.Select(static range => new NumericTest(range)),
            .. networks.Ranges.Select(static network => new NetworkTest(network)),
        ];
    }
}
