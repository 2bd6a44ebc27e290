namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The values of an event to look up in range trees. They are looked up together and in order; one by one, many values would lead to the
/// same ranges again and again.
/// </summary>
internal sealed class RangeLookups<T>
    where T : IComparable<T>
{
    // Up to this count, sorting saves nothing.
    private const int Few = 8;

    private readonly List<(RangeTree<T> Tree, T Value)> _all = [];

    public int Capacity => _all.Capacity;

    public void Clear() => _all.Clear();

    public void Add(RangeTree<T>? tree, T value)
    {
        if (tree is { IsEmpty: false })
        {
            _all.Add((tree, value));
        }
    }

    /// <summary>Adds the clauses that the values lead to.</summary>
    public void Find(Projection candidates)
    {
        if (_all.Count <= Few)
        {
            foreach (var (tree, value) in _all)
            {
                tree.Find([value], candidates);
            }

            return;
        }

        foreach (var values in _all.GroupBy(static one => one.Tree, static one => one.Value))
        {
            T[] sorted = [.. values.Distinct()];
            Array.Sort(sorted);
            values.Key.Find(sorted, candidates);
        }
    }
}
