namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Clauses by range. It finds the clauses of all ranges that contain one of some values, in time that grows with the logarithm of the
/// number of ranges and with the number of results. It is a binary search tree by low bound, in which each node holds the highest bound
/// below it. Random priorities keep it balanced (a treap).
/// </summary>
internal sealed class RangeTree<T>
    where T : IComparable<T>
{
    private Node? _root;

    public bool IsEmpty => _root is null;

    /// <summary>Gets the number of clauses that the bounds of a range lead to.</summary>
    public int CostOf(ValueRange<T> range) => Math.Max(Count(_root, range.Low), Count(_root, range.High));

    public void Add(ValueRange<T> range, Clause clause) => _root = Add(_root, range, clause);

    public void Remove(ValueRange<T> range, Clause clause) => _root = Remove(_root!, range, clause);

    /// <summary>
    /// Adds the clauses of each range that contains one of the values. No range is visited twice, however many values there are.
    /// </summary>
    /// <param name="values">The values, in ascending order.</param>
    /// <param name="candidates">Receives the clauses.</param>
    public void Find(ReadOnlySpan<T> values, Projection candidates) => Find(_root, values, candidates);

    // The count ends at the cost of a clause that every value leads to.
    private static int Count(Node? node, T value)
    {
        var count = 0;
        while (count < FieldIndex.CostOfAny && node is not null && value.CompareTo(node.Highest) <= 0)
        {
            count += Count(node.Left, value);
            if (value.CompareTo(node.Range.Low) < 0)
            {
                break;
            }

            count += node.Range.Contains(value) ? node.Posting.Count : 0;
            node = node.Right;
        }

        return count;
    }

    private static void Find(Node? node, ReadOnlySpan<T> values, Projection candidates)
    {
        while (node is not null)
        {
            // No range below contains a value above the highest bound. No range on the right contains a value under the low bound.
            values = values[..CountBelow(values, node.Highest, orEqual: true)];
            if (values.IsEmpty)
            {
                return;
            }

            Find(node.Left, values, candidates);
            values = values[CountBelow(values, node.Range.Low, orEqual: false)..];
            var above = values[CountBelow(values, node.Range.Low, node.Range.LowIsOpen)..];
            if (!above.IsEmpty && node.Range.Contains(above[0]))
            {
                candidates.Add(node.Posting);
            }

            node = node.Right;
        }
    }

    private static int CountBelow(ReadOnlySpan<T> values, T bound, bool orEqual)
    {
        var (low, high) = (0, values.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var order = values[middle].CompareTo(bound);
            (low, high) = order < 0 || (orEqual && order == 0) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static Node Add(Node? node, ValueRange<T> range, Clause clause)
    {
        if (node is null)
        {
            node = new Node(range);
            node.Posting.Add(clause);
            return node;
        }

        switch (Compare(range, node.Range))
        {
            case 0:
                node.Posting.Add(clause);
                return node;
            case < 0:
                node.Left = Add(node.Left, range, clause);
                return node.Left.Priority > node.Priority ? RotateRight(node) : node.Update();
            default:
                node.Right = Add(node.Right, range, clause);
                return node.Right.Priority > node.Priority ? RotateLeft(node) : node.Update();
        }
    }

    private static Node? Remove(Node node, ValueRange<T> range, Clause clause)
    {
        switch (Compare(range, node.Range))
        {
            case < 0:
                node.Left = Remove(node.Left!, range, clause);
                break;
            case > 0:
                node.Right = Remove(node.Right!, range, clause);
                break;
            default:
                node.Posting.Remove(clause);
                return node.Posting.Count > 0 ? node : Join(node.Left, node.Right);
        }

        return node.Update();
    }

    // All ranges on the left come before all ranges on the right.
    private static Node? Join(Node? left, Node? right)
    {
        if (left is null || right is null)
        {
            return left ?? right;
        }

        if (left.Priority > right.Priority)
        {
            left.Right = Join(left.Right, right);
            return left.Update();
        }

        right.Left = Join(left, right.Left);
        return right.Update();
    }

    private static Node RotateRight(Node node)
    {
        var up = node.Left!;
        (node.Left, up.Right) = (up.Right, node);
        node.Update();
        return up.Update();
    }

    private static Node RotateLeft(Node node)
    {
        var up = node.Right!;
        (node.Right, up.Left) = (up.Left, node);
        node.Update();
        return up.Update();
    }

    private static int Compare(ValueRange<T> a, ValueRange<T> b) =>
        (a.Low.CompareTo(b.Low), a.LowIsOpen.CompareTo(b.LowIsOpen), a.High.CompareTo(b.High)) switch
        {
            (not 0 and var low, _, _) => low,
            (_, not 0 and var open, _) => open,
            (_, _, not 0 and var high) => high,
            _ => a.HighIsOpen.CompareTo(b.HighIsOpen),
        };

    private sealed class Node(ValueRange<T> range)
    {
        public ValueRange<T> Range => range;

        public T Highest { get; private set; } = range.High;

        public Posting Posting { get; } = new();

        public int Priority { get; } = Random.Shared.Next();

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        public Node Update()
        {
            Highest = range.High;
            Highest = Left is not null && Left.Highest.CompareTo(Highest) > 0 ? Left.Highest : Highest;
            Highest = Right is not null && Right.Highest.CompareTo(Highest) > 0 ? Right.Highest : Highest;
            return this;
        }
    }
}
