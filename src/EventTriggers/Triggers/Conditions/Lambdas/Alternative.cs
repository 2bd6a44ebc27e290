namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>One alternative of a formula: each field must have one of its options.</summary>
internal sealed record Alternative(IReadOnlyList<(FieldName Field, IReadOnlyList<FieldOption> Options)> Fields)
{
    private const int MaxPairs = 100_000;

    /// <summary>Requires both alternatives; <see langword="null"/> if nothing satisfies both.</summary>
    public Alternative? And(Alternative other)
    {
        var all = Fields.ToList();
        foreach (var (field, options) in other.Fields)
        {
            foreach (var (before, _) in all)
            {
                ThrowIfDifferentElements(before, field);
            }

            if (options.Count == 0 || !TryAdd(all, field, options))
            {
                return null;
            }
        }

        return new Alternative(all);
    }

    // The result is false if no value has both an option of the field and one of the new options.
    private static bool TryAdd(
        List<(FieldName Field, IReadOnlyList<FieldOption> Options)> all, FieldName field, IReadOnlyList<FieldOption> options)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Field == field && Combine(all[i].Options, options) is { } combined)
            {
                all[i] = (field, combined);
                return combined.Count > 0;
            }
        }

        // Options that cannot be combined into one list stay two lists. In a collection, two different values might then have one each.
        if (field.IsElement && all.Exists(one => one.Field == field))
        {
            throw new NotSupportedException(
                $"A pattern cannot require two things of the same value of '{string.Join('.', field.Names)}'. "
                + "Check one of them in the handler.");
        }

        all.Add((field, options));
        return true;
    }

    private static IReadOnlyList<FieldOption>? Combine(IReadOnlyList<FieldOption> some, IReadOnlyList<FieldOption> others)
    {
        if ((long)some.Count * others.Count > MaxPairs)
        {
            throw new NotSupportedException(
                $"The condition compares one member with {some.Count} values and with {others.Count} values; "
                + $"together these may form at most {MaxPairs} pairs.");
        }

        var both = some.SelectMany(_ => others, static (one, another) => one.And(another)).ToArray();
        return Array.TrueForAll(both, static options => options is not null)
            ? [.. both.SelectMany(static options => options!).Distinct()]
            : null;
    }

    // One element must satisfy everything that a pattern requires of a collection.
    private static void ThrowIfDifferentElements(FieldName one, FieldName other)
    {
        if (one.CollectionApartFrom(other) is { } collection)
        {
            throw new NotSupportedException(
                $"A pattern cannot require two things of elements of '{collection}' that may be different elements. "
                + "Test both in one Any(…), or check one of them in the handler.");
        }
    }
}
