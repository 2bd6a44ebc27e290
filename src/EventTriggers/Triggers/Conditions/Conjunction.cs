namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The constraints of a pattern without alternatives: on the fields of an object, and on the objects below it. It is immutable.
/// </summary>
internal sealed class Conjunction
{
    private Conjunction(IReadOnlyList<FieldConstraint> fields, IReadOnlyDictionary<string, Conjunction> children) =>
        (Fields, Children) = (fields, children);

    /// <summary>Gets the constraints on values. Combined alternatives may constrain one name several times.</summary>
    public IReadOnlyList<FieldConstraint> Fields { get; }

    public IReadOnlyDictionary<string, Conjunction> Children { get; }

    public static Conjunction Create(IReadOnlyList<FieldConstraint> fields, IEnumerable<(string Name, Conjunction Child)> children) =>
        new([.. fields], children.ToDictionary(static child => child.Name, static child => child.Child, StringComparer.Ordinal));

    /// <summary>Requires both. Where both constrain the same array, one element must satisfy both.</summary>
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
