namespace EventTriggers.Triggers.Conditions;

/// <summary>The clauses that one look-up leads to: usually one.</summary>
internal sealed class Posting
{
    private Clause[] _clauses = new Clause[1];
    private int _count;

    public int Count => _count;

    public ReadOnlySpan<Clause> Clauses => _clauses.AsSpan(0, _count);

    public void Add(Clause clause)
    {
        if (_count == _clauses.Length)
        {
            Array.Resize(ref _clauses, 2 * _count);
        }

        _clauses[_count++] = clause;
    }

    public void Remove(Clause clause)
    {
        var at = Array.LastIndexOf(_clauses, clause, _count - 1, _count);
        _clauses[at] = _clauses[--_count];
        _clauses[_count] = null!;
    }
}
