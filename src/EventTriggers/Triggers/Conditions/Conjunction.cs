namespace EventTriggers.Triggers.Conditions;

/// <summary>What a pattern without alternatives asks of an object: something of each of some fields, and of objects below. It does not change.</summary>
internal sealed class Conjunction
{
    private Conjunction(IReadOnlyList<FieldConstraint> fields, IReadOnlyDictionary<string, Conjunction> children) => (Fields, Children) = (fields, children);

    /// <summary>Gets what is asked of values; of one name more than once where alternatives were put together.</summary>
    public IReadOnlyList<FieldConstraint> Fields { get; }

    public IReadOnlyDictionary<string, Conjunction> Children { get; }

    public static Conjunction Of(IReadOnlyList<FieldConstraint> fields, IEnumerable<(string Name, Conjunction Child)> children) =>
        new([.. fields], children.ToDictionary(static child => child.Name, static child => child.Child, StringComparer.Ordinal));

    /// <summary>Asks for both: of one array element, where both ask about the same array.</summary>
    public Conjunction And(Conjunction other)
    {
        var children = new Dictionary<string, Conjunction>(Children, StringComparer.Ordinal);
        foreach (var (name, child) in other.Children)
        {
            children[name] = children.TryGetValue(name, out var mine) ? mine.And(child) : child;
        }

        return new Conjunction([.. Fields, .. other.Fields], children);
    }
}
