using EventTriggers.Redis.Operations;

namespace EventTriggers.Redis.Stores;

/// <summary>
/// Makes one page of the pages of all partitions. Records of lists come first; those of sorted sets follow in their order, and none is
/// taken before what another partition may still hold in front of it.
/// </summary>
internal sealed class PageMerge<T>
{
    private readonly IComparer<IndexPosition> _order;
    private readonly PagePositions _from;
    private readonly (int Partition, PageReply<T> Reply)[] _parts;
    private readonly int[] _taken;
    private IndexPosition? _last;

    /// <param name="order">The order of sorted sets.</param>
    /// <param name="from">Where the page begins.</param>
    /// <param name="parts">What the partitions answered that could be read.</param>
    public PageMerge(IComparer<IndexPosition> order, PagePositions from, IEnumerable<(int Partition, PageReply<T> Reply)> parts)
    {
        (_order, _from, _parts) = (order, from, [.. parts]);
        _taken = new int[_parts.Length];
    }

    /// <summary>Takes the next records.</summary>
    public IReadOnlyList<T> Take(int limit)
    {
        var records = new List<T>();
        while (records.Count < limit && (FirstOfLists() ?? FirstOfSets()) is { } part)
        {
            var item = _parts[part].Reply.Items[_taken[part]++];
            _last = item.List is null ? item.Position : _last;
            records.Add(item.Record);
        }

        return records;
    }

    /// <summary>Tells where the next page begins; <see langword="null"/> when nothing follows.</summary>
    public PagePositions? Next()
    {
        var hasMore = _parts.Where((part, i) => !part.Reply.HasEnded || _taken[i] < part.Reply.Items.Count).Any();
        return hasMore ? new PagePositions(NextOfSets(), NextOfLists()) : null;
    }

    private PageItem<T>? HeadOf(int part) =>
        _taken[part] < _parts[part].Reply.Items.Count ? _parts[part].Reply.Items[_taken[part]] : null;

    // The newest of the lists' heads: the partitions' lists are merged by when their events were published.
    private int? FirstOfLists()
    {
        int? first = null;
        for (var i = 0; i < _parts.Length; i++)
        {
            if (HeadOf(i) is { List: not null } head
                && (first is null || _order.Compare(head.Position, HeadOf(first.Value)!.Position) < 0))
            {
                first = i;
            }
        }

        return first;
    }

    private int? FirstOfSets()
    {
        int? first = null;
        for (var i = 0; i < _parts.Length; i++)
        {
            if (HeadOf(i) is { } head && (first is null || _order.Compare(head.Position, HeadOf(first.Value)!.Position) < 0))
            {
                first = i;
            }
        }

        return first is { } part && !MayFollow(HeadOf(part)!.Position) ? part : null;
    }

    // Whether a partition that has not been read to its end may hold something in front of a position.
    private bool MayFollow(IndexPosition position)
    {
        for (var i = 0; i < _parts.Length; i++)
        {
            var reply = _parts[i].Reply;
            if (HeadOf(i) is null && !reply.HasEnded && (!reply.List.IsDone || _order.Compare(reply.Position, position) < 0))
            {
                return true;
            }
        }

        return false;
    }

    private ListPosition[] NextOfLists()
    {
        ListPosition[] next = [.. _from.Lists];
        for (var i = 0; i < _parts.Length; i++)
        {
            var (partition, reply) = _parts[i];
            if (HeadOf(i) is not { List: not null })
            {
                next[partition] = reply.List;
            }
            else if (_taken[i] > 0)
            {
                next[partition] = reply.Items[_taken[i] - 1].List!.Value;
            }
        }

        return next;
    }

    // Everything up to the position that is answered was taken or is not wanted, and nothing after it was taken.
    private IndexPosition NextOfSets()
    {
        var taken = _last ?? _from.Index;
        var left = Enumerable.Range(0, _parts.Length)
            .SelectMany(i => _parts[i].Reply.Items.Skip(_taken[i]).Where(static item => item.List is null).Take(1))
            .Select(static item => item.Position).Order(_order).FirstOrDefault();
        var reached = _parts.Where(static part => !part.Reply.HasEnded)
            .Select(part => part.Reply.List.IsDone ? part.Reply.Position : _from.Index).Order(_order).FirstOrDefault();
        if (reached is null || (left is not null && _order.Compare(left, reached) <= 0))
        {
            return taken;
        }

        return _order.Compare(reached, taken) > 0 ? reached : taken;
    }
}
