using System.Globalization;

namespace EventTriggers;

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

/// <summary>A field by the names that lead to it.</summary>
/// <param name="Path">The names, joined by NUL.</param>
/// <param name="Scope">Which calls that test elements of a collection it stands in: for each the number of the call, and how many names lead to its collection.</param>
internal sealed record FieldName(string Path, string Scope)
{
    public const char Separator = '\0';

    public static FieldName Root { get; } = new(string.Empty, string.Empty);

    public string[] Names => Path.Split(Separator);

    public override string ToString() => string.Join('.', Names);

    /// <summary>Gets a value indicating whether it is itself an element of a collection.</summary>
    public bool IsElement => Scope.EndsWith($":{Names.Length};", StringComparison.Ordinal);

    public FieldName Append(string name) => this with { Path = Path.Length == 0 ? name : $"{Path}{Separator}{name}" };

    /// <summary>Enters the elements of the collection that it names.</summary>
    public FieldName Enter(int call) => this with { Scope = $"{Scope}{call}:{Names.Length};" };

    /// <summary>Tells which collection two fields test elements of in different calls, or nothing.</summary>
    public string? CollectionApartFrom(FieldName other)
    {
        foreach (var (mine, theirs) in Scope.Split(';').Zip(other.Scope.Split(';')))
        {
            if (mine != theirs && mine.Length > 0 && theirs.Length > 0)
            {
                var (one, another) = (CollectionOf(mine), other.CollectionOf(theirs));
                return one == another ? one : null;
            }
        }

        return null;
    }

    private string CollectionOf(string call) => string.Join('.', Names.Take(int.Parse(call.AsSpan(call.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)));
}

/// <summary>Fields that must each have one of their options.</summary>
internal sealed record Alternative(IReadOnlyList<(FieldName Field, IReadOnlyList<FieldOption> Options)> Fields)
{
    private const int MostPairs = 100_000;

    /// <summary>Asks for both; <see langword="null"/> when nothing satisfies both.</summary>
    public Alternative? And(Alternative other)
    {
        var all = Fields.ToList();
        foreach (var (field, options) in other.Fields)
        {
            foreach (var (before, _) in all)
            {
                ThrowIfApart(before, field);
            }

            var (at, both) = (-1, options);
            for (var i = 0; i < all.Count && at < 0; i++)
            {
                if (all[i].Field == field && Both(all[i].Options, options) is { } combined)
                {
                    (at, both) = (i, combined);
                }
            }

            if (both.Count == 0)
            {
                return null;
            }

            // What no list of options says stays two lists; but of values of a collection, different ones might then have one each.
            if (at < 0)
            {
                if (field.IsElement && all.Exists(one => one.Field == field))
                {
                    throw new NotSupportedException($"No pattern asks two things of one value of '{string.Join('.', field.Names)}'. Let the handler look at one of them.");
                }

                all.Add((field, options));
            }
            else
            {
                all[at] = (field, both);
            }
        }

        return new Alternative(all);
    }

    private static IReadOnlyList<FieldOption>? Both(IReadOnlyList<FieldOption> some, IReadOnlyList<FieldOption> others)
    {
        if ((long)some.Count * others.Count > MostPairs)
        {
            throw new NotSupportedException($"The condition asks for one of {some.Count} and one of {others.Count} values of the same member; together that may be {MostPairs} pairs at most.");
        }

        var both = some.SelectMany(_ => others, static (one, another) => one.And(another)).ToArray();
        return Array.TrueForAll(both, static options => options is not null) ? [.. both.SelectMany(static options => options!).Distinct()] : null;
    }

    // A pattern looks for one element that satisfies everything that it asks of a collection.
    private static void ThrowIfApart(FieldName one, FieldName other)
    {
        if (one.CollectionApartFrom(other) is { } collection)
        {
            throw new NotSupportedException(
                $"No pattern asks two things of elements of '{collection}' that may be different ones. Ask both in one Any(…), or let the handler look at one of them.");
        }
    }
}
