namespace EventTriggers.Triggers.Conditions;

/// <summary>The values of an event that are looked up in trees of ranges. They are looked up together, in order: one by one, each of many values would lead to the same ranges again.</summary>
internal sealed class RangeLookups<T>
    where T : IComparable<T>
{
    // Up to so many there is nothing to gain.
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

    /// <summary>Notes the clauses that they lead to.</summary>
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
