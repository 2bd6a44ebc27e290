namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// An object of a pattern as it is written, with its alternatives. The result of combining them is counted before it is built.
/// </summary>
internal sealed class PatternNode
{
    /// <summary>The maximum number of combinations of the alternatives of a pattern.</summary>
    public const int MaxCombinations = 1000;

    /// <summary>The maximum number of fields and objects that all combinations name together.</summary>
    public const int MaxFields = 10_000;

    private readonly List<FieldConstraint> _fields = [];
    private readonly List<(string Name, PatternNode Node)> _children = [];
    private readonly List<PatternNode[]> _alternatives = [];

    // Both numbers stay small: a pattern that exceeds a limit is rejected before more is added.
    private long _combinations = 1;
    private long _named;

    /// <summary>Gets the limit that the pattern exceeds; <see langword="null"/> if it is within all limits.</summary>
    public string? Problem =>
        _combinations > MaxCombinations
            ? $"alternatives may form at most {MaxCombinations} combinations, but form {_combinations}"
        : _named > MaxFields
            ? $"the {_combinations} combinations of alternatives may name at most {MaxFields} fields and objects together, "
                + $"but name {_named}"
        : null;

    public void AddField(FieldConstraint field)
    {
        _fields.Add(field);
        Count(combinations: 1, named: 1);
    }

    public void AddChild(string name, PatternNode node)
    {
        _children.Add((name, node));

        // An object costs about as much as a field.
        Count(node._combinations, node._named + node._combinations);
    }

    public void AddAlternatives(PatternNode[] alternatives)
    {
        _alternatives.Add(alternatives);
        Count(alternatives.Sum(static one => one._combinations), alternatives.Sum(static one => one._named));
    }

    /// <summary>Gets all combinations, each a condition without alternatives.</summary>
    public IReadOnlyList<Conjunction> Resolve()
    {
        // The part without alternatives is built once, however many alternatives stand beside it.
        var plain = _children.Where(static child => child.Node._combinations == 1);
        IReadOnlyList<Conjunction> all = [Conjunction.Create(_fields, plain.Select(static child => (child.Name, child.Node.Resolve()[0])))];
        foreach (var (name, node) in _children.Where(static child => child.Node._combinations > 1))
        {
            all = Combine(all, [.. node.Resolve().Select(child => Conjunction.Create([], [(name, child)]))]);
        }

        foreach (var alternatives in _alternatives)
        {
            all = Combine(all, [.. alternatives.SelectMany(static one => one.Resolve())]);
        }

        return all;
    }

    private void Count(long combinations, long named) =>
        (_combinations, _named) = (_combinations * combinations, (_named * combinations) + (named * _combinations));

    private static Conjunction[] Combine(IReadOnlyList<Conjunction> left, IReadOnlyList<Conjunction> right) =>
        [.. left.SelectMany(_ => right, static (one, other) => one.And(other))];
}
