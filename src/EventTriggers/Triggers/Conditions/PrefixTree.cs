namespace EventTriggers.Triggers.Conditions;

/// <summary>Clauses by prefix or suffix. One walk along a text finds all of them.</summary>
/// <param name="isReversed">Whether texts are read from the end, which turns prefixes into suffixes.</param>
internal sealed class PrefixTree(bool isReversed)
{
    private readonly Node _root = new([]);

    public int CostOf(ReadOnlySpan<byte> key)
    {
        var (node, at) = (_root, 0);
        while (at < key.Length && node.Next(At(key, at)) is { } next && CommonLength(next.Label, key, at) == next.Label.Length)
        {
            (node, at) = (next, at + next.Label.Length);
        }

        return at == key.Length ? node.Posting?.Count ?? 0 : 0;
    }

    public void Add(ReadOnlySpan<byte> key, Clause clause)
    {
        var (node, at) = (_root, 0);
        while (at < key.Length)
        {
            if (node.Next(At(key, at)) is not { } next)
            {
                next = new Node(Rest(key, at));
                node.Add(next);
                (node, at) = (next, key.Length);
                break;
            }

            var common = CommonLength(next.Label, key, at);
            if (common < next.Label.Length)
            {
                next.Split(common);
            }

            (node, at) = (next, at + common);
        }

        (node.Posting ??= new Posting()).Add(clause);
    }

    public void Remove(ReadOnlySpan<byte> key, Clause clause) => Remove(_root, key, 0, clause);

    /// <summary>Adds the clauses of each key with which a text begins (or ends) to the candidates.</summary>
    public void Find(ReadOnlySpan<byte> text, Projection candidates)
    {
        var (node, at) = (_root, 0);
        while (true)
        {
            candidates.Add(node.Posting);
            if (at == text.Length || node.Next(At(text, at)) is not { } next || CommonLength(next.Label, text, at) < next.Label.Length)
            {
                return;
            }

            (node, at) = (next, at + next.Label.Length);
        }
    }

    private void Remove(Node node, ReadOnlySpan<byte> key, int at, Clause clause)
    {
        if (at < key.Length)
        {
            var next = node.Next(At(key, at))!;
            Remove(next, key, at + next.Label.Length, clause);
            if (next is { Posting: null, IsLeaf: true })
            {
                node.Remove(next);
            }

            return;
        }

        node.Posting!.Remove(clause);
        if (node.Posting.Count == 0)
        {
            node.Posting = null;
        }
    }

    private byte At(ReadOnlySpan<byte> text, int at) => isReversed ? text[^(at + 1)] : text[at];

    private byte[] Rest(ReadOnlySpan<byte> text, int at)
    {
        var rest = (isReversed ? text[..^at] : text[at..]).ToArray();
        if (isReversed)
        {
            Array.Reverse(rest);
        }

        return rest;
    }

    private int CommonLength(byte[] label, ReadOnlySpan<byte> text, int at)
    {
        var common = 0;
        while (common < label.Length && at + common < text.Length && label[common] == At(text, at + common))
        {
            common++;
        }

        return common;
    }

    private sealed class Node(byte[] label)
    {
        private readonly SortedList<byte, Node> _next = [];

        public byte[] Label { get; private set; } = label;

        public Posting? Posting { get; set; }

        public bool IsLeaf => _next.Count == 0;

        public Node? Next(byte first) => _next.GetValueOrDefault(first);

        public void Add(Node next) => _next.Add(next.Label[0], next);

        public void Remove(Node next) => _next.Remove(next.Label[0]);

        /// <summary>Keeps the first bytes of the label and moves the rest, with all nodes below, to a new child.</summary>
        public void Split(int length)
        {
            var below = new Node(Label[length..]) { Posting = Posting };
            foreach (var next in _next.Values)
            {
                below.Add(next);
            }

            _next.Clear();
            (Label, Posting) = (Label[..length], null);
            Add(below);
        }
    }
}
