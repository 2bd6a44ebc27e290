namespace EventTriggers.Triggers.Conditions;

/// <summary>An object of a pattern as it is written, with its alternatives. What they come to is counted before it is put together.</summary>
internal sealed class PatternNode
{
    /// <summary>In how many ways the alternatives of a pattern may be combined.</summary>
    public const int MostWays = 1000;

    /// <summary>For how many fields and objects all of these ways may ask together.</summary>
    public const int MostFields = 10_000;

    private readonly List<FieldConstraint> _fields = [];
    private readonly List<(string Name, PatternNode Node)> _children = [];
    private readonly List<PatternNode[]> _alternatives = [];

    // Both stay small: what exceeds a limit is refused before more is added.
    private long _ways = 1;
    private long _asked;

    /// <summary>Gets what is too much, or <see langword="null"/>.</summary>
    public string? Problem =>
        _ways > MostWays ? $"alternatives may be combined in at most {MostWays} ways, but there are {_ways}"
        : _asked > MostFields ? $"the {_ways} ways to combine alternatives may ask for at most {MostFields} fields and objects together, but ask for {_asked}"
        : null;

    public void AddField(FieldConstraint field)
    {
        _fields.Add(field);
        Count(ways: 1, asked: 1);
    }

    public void AddChild(string name, PatternNode node)
    {
        _children.Add((name, node));

        // An object is about as much as a field.
        Count(node._ways, node._asked + node._ways);
    }

    public void AddAlternatives(PatternNode[] alternatives)
    {
        _alternatives.Add(alternatives);
        Count(alternatives.Sum(static one => one._ways), alternatives.Sum(static one => one._asked));
    }

    /// <summary>Gets the ways in which it is satisfied, each a condition without alternatives.</summary>
    public IReadOnlyList<Conjunction> Resolve()
    {
        // What has no alternatives is put together once, however many there are beside it.
        IReadOnlyList<Conjunction> all = [Conjunction.Of(_fields, _children.Where(static child => child.Node._ways == 1).Select(static child => (child.Name, child.Node.Resolve()[0])))];
        foreach (var (name, node) in _children.Where(static child => child.Node._ways > 1))
        {
            all = Combine(all, [.. node.Resolve().Select(child => Conjunction.Of([], [(name, child)]))]);
        }

        foreach (var alternatives in _alternatives)
        {
            all = Combine(all, [.. alternatives.SelectMany(static one => one.Resolve())]);
        }

        return all;
    }

    private void Count(long ways, long asked) => (_ways, _asked) = (_ways * ways, (_asked * ways) + (asked * _ways));

    private static Conjunction[] Combine(IReadOnlyList<Conjunction> left, IReadOnlyList<Conjunction> right) => [.. left.SelectMany(_ => right, static (one, other) => one.And(other))];
}
