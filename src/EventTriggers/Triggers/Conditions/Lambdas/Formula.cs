namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// A condition on an event in disjunctive form: it holds if, in one of the alternatives, every field has one of its options. A formula
/// without alternatives never holds. An alternative without fields always holds.
/// </summary>
internal sealed class Formula
{
    private const int MaxAlternatives = 1000;

    private Formula(IReadOnlyList<Alternative> alternatives) => Alternatives = alternatives;

    public static Formula Never { get; } = new([]);

    public static Formula Always { get; } = new([new Alternative([])]);

    public IReadOnlyList<Alternative> Alternatives { get; }

    /// <summary>Requires one of some options of a field.</summary>
    public static Formula OneOf(FieldName field, params IReadOnlyList<FieldOption> options) =>
        options.Count == 0 ? Never : new([new Alternative([(field, options)])]);

    public Formula And(Formula other)
    {
        if ((long)Alternatives.Count * other.Alternatives.Count > MaxAlternatives)
        {
            throw new NotSupportedException($"The condition has more than {MaxAlternatives} combinations of alternatives.");
        }

        return new([.. Alternatives.SelectMany(_ => other.Alternatives, static (one, another) => one.And(another)).OfType<Alternative>()]);
    }

    /// <summary>
    /// Determines whether each alternative requires something present of an element of a collection. If everything may be absent, the
    /// formula does not require an element.
    /// </summary>
    public bool RequiresElement(FieldName element) => Alternatives.All(alternative => alternative.Fields.Any(
        field => field.Field.Scope.StartsWith(element.Scope, StringComparison.Ordinal) && !field.Options.Contains(FieldOption.Absent)));

    // Two single fields of the same name become one list of options.
    public Formula Or(Formula other) =>
        Alternatives is [{ Fields: [var mine] }] && other.Alternatives is [{ Fields: [var theirs] }] && mine.Field == theirs.Field
            ? OneOf(mine.Field, [.. mine.Options.Union(theirs.Options)])
            : new([.. Alternatives, .. other.Alternatives]);
}
