namespace EventTriggers;

/// <summary>What a pattern without alternatives asks of an object: something of each of some fields, and of objects below. It does not change.</summary>
internal sealed class Condition
{
    private static readonly Dictionary<string, Condition> Nothing = new(StringComparer.Ordinal);

    public static Condition Empty { get; } = new([], Nothing);

    private Condition(IReadOnlyList<FieldCondition> fields, IReadOnlyDictionary<string, Condition> children) => (Fields, Children) = (fields, children);

    /// <summary>Gets what is asked of values; of one name more than once where alternatives were put together.</summary>
    public IReadOnlyList<FieldCondition> Fields { get; }

    public IReadOnlyDictionary<string, Condition> Children { get; }

    public static Condition Of(FieldCondition field) => new([field], Nothing);

    public static Condition Of(string name, Condition child) => new([], new Dictionary<string, Condition>(StringComparer.Ordinal) { [name] = child });

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
internal sealed record FieldCondition(string Name, ValueTest[] Tests, bool MayBeAbsent);
