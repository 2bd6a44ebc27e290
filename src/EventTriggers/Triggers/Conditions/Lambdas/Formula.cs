namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// What a lambda asks of an event, in disjunctive form: it holds where, in one of some alternatives, every field has one of its options. No alternative is what never holds, and one
/// without fields is what always does.
/// </summary>
internal sealed class Formula
{
    private const int MostAlternatives = 1000;

    private Formula(IReadOnlyList<Alternative> alternatives) => Alternatives = alternatives;

    public static Formula Never { get; } = new([]);

    public static Formula Always { get; } = new([new Alternative([])]);

    public IReadOnlyList<Alternative> Alternatives { get; }

    /// <summary>Asks for one of some values of a field.</summary>
    public static Formula Of(FieldName field, params IReadOnlyList<FieldOption> options) => options.Count == 0 ? Never : new([new Alternative([(field, options)])]);

    public Formula And(Formula other)
    {
        if ((long)Alternatives.Count * other.Alternatives.Count > MostAlternatives)
        {
            throw new NotSupportedException($"The condition has more than {MostAlternatives} combinations of alternatives.");
        }

        return new([.. Alternatives.SelectMany(_ => other.Alternatives, static (one, another) => one.And(another)).OfType<Alternative>()]);
    }

    /// <summary>Tells whether each alternative asks an element of a collection for something that is written; what is all absent says nothing of any element.</summary>
    public bool AsksElements(FieldName element) => Alternatives.All(alternative => alternative.Fields.Any(
        field => field.Field.Scope.StartsWith(element.Scope, StringComparison.Ordinal) && !field.Options.Contains(FieldOption.Absent)));

    // Alternatives that differ in the options of the same single field are one list of options.
    public Formula Or(Formula other) =>
        Alternatives is [{ Fields: [var mine] }] && other.Alternatives is [{ Fields: [var theirs] }] && mine.Field == theirs.Field
            ? Of(mine.Field, [.. mine.Options.Union(theirs.Options)])
            : new([.. Alternatives, .. other.Alternatives]);
}
