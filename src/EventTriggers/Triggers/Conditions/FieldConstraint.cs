namespace EventTriggers.Triggers.Conditions;

/// <summary>What is asked of the values of one name: that one of them passes one of the tests, or that there is none.</summary>
internal sealed class FieldConstraint(string name, ValueTest[] tests, bool mayBeAbsent)
{
    private readonly AnyOf _any = new(tests);

    // Ranges of which a value can be in one at most lead it to the clause once.
    private readonly ValueTest[] _tests = Apart(tests);

    public string Name => name;

    public ValueTest[] Tests => _tests;

    /// <summary>Gets what it costs at most to ask a value.</summary>
    public MatchCost Cost => _any.Cost;

    public bool MayBeAbsent => mayBeAbsent;

    public bool Matches(in JsonLeaf leaf) => _any.Matches(leaf);

    private static ValueTest[] Apart(ValueTest[] tests) => tests.Count(static test => test is NumericTest or NetworkTest) < 2 ? tests :
    [
        .. tests.Where(static test => test is not (NumericTest or NetworkTest)),
        .. new SortedRanges<decimal>(tests.OfType<NumericTest>().Select(static test => test.Range)).Ranges.Select(static range => new NumericTest(range)),
        .. new SortedRanges<UInt128>(tests.OfType<NetworkTest>().Select(static test => test.Network)).Ranges.Select(static network => new NetworkTest(network)),
    ];
}
