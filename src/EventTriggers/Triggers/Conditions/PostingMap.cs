using System.Runtime.InteropServices;

namespace EventTriggers.Triggers.Conditions;

/// <summary>Clauses by key.</summary>
internal sealed class PostingMap<TKey>(IEqualityComparer<TKey>? comparer = null)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Posting> _postings = new(comparer);

    public Dictionary<TKey, Posting> Postings => _postings;

    public int CostOf(TKey key) => _postings.TryGetValue(key, out var posting) ? posting.Count : 0;

    public void Add(TKey key, Clause clause)
    {
        ref var posting = ref CollectionsMarshal.GetValueRefOrAddDefault(_postings, key, out _);
        (posting ??= new Posting()).Add(clause);
    }

    public void Remove(TKey key, Clause clause)
    {
        var posting = _postings[key];
        posting.Remove(clause);
        if (posting.Count == 0)
        {
            _postings.Remove(key);
        }
    }
}
