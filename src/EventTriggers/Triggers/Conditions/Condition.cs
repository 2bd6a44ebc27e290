namespace EventTriggers;

/// <summary>What a pattern without alternatives asks of an object: something of each of some fields, and of objects below. It does not change.</summary>
internal sealed class Condition
{
    private Condition(IReadOnlyList<FieldCondition> fields, IReadOnlyDictionary<string, Condition> children) => (Fields, Children) = (fields, children);

    /// <summary>Gets what is asked of values; of one name more than once where alternatives were put together.</summary>
    public IReadOnlyList<FieldCondition> Fields { get; }

    public IReadOnlyDictionary<string, Condition> Children { get; }

    public static Condition Of(IReadOnlyList<FieldCondition> fields, IEnumerable<(string Name, Condition Child)> children) =>
        new([.. fields], children.ToDictionary(static child => child.Name, static child => child.Child, StringComparer.Ordinal));

    /// <summary>Asks for both: of one array element, where both ask about the same array.</summary>
    public Condition And(Condition other)
    {
        var children = new Dictionary<string, Condition>(Children, StringComparer.Ordinal);
        foreach (var (name, child) in other.Children)
        {
            children[name] = children.TryGetValue(name, out var mine) ? mine.And(child) : child;
        }

        return new Condition([.. Fields, .. other.Fields], children);
    }
}

/// <summary>What is asked of the values of one name: that one of them passes one of the tests, or that there is none.</summary>
internal sealed class FieldCondition(string name, ValueTest[] tests, bool mayBeAbsent)
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
