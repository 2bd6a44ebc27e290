namespace EventTriggers.Triggers.Conditions.Lambdas;

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
