
namespace EventTriggers.Tests.Triggers;

/// <summary>
/// An event of a random sequence; times in ms. Its index is its place among all: the order in which the partition accepted them.
/// </summary>
internal sealed record Shown(int Index, long At, string Type, string Key, string Value)
{
    public string Json => $$"""{"k":"{{Key}}","v":"{{Value}}","n":{{Index}}}""";
}

/// <summary>
/// A rule over time of a random sequence; times in ms, 0 for what it does not ask for. It begins with events of type ask; what follows may
/// be of the same type.
/// </summary>
internal sealed record OverTimeCase(
    string Name, OverTimeKind Kind, int Count = 0, long Span = 0, long Wait = 0, string Next = "answer", int Throttle = 0, long Per = 0,
    long Distinct = 0)
{
    /// <summary>Gets how much older than the newest of its key an event may be: docs/conditions.md.</summary>
    public long Late => Math.Max(2 * Math.Max(Span, Math.Max(Per, Distinct)), 60_000);

    public TriggerOn ToTrigger()
    {
        var on = Trigger.On("ask").Per("k");
        on = Kind switch
        {
            OverTimeKind.Count => on.Count(Count).Within(Ms(Span)),
            OverTimeKind.FollowedBy => on.FollowedBy(Next).Within(Ms(Span)),
            OverTimeKind.NotFollowedBy => on.NotFollowedBy(Next).Within(Ms(Span)),
            OverTimeKind.Debounce => on.Debounce(Ms(Span), Ms(Wait)),
            _ => on,
        };
        on = Throttle > 0 ? on.AtMost(Throttle, Ms(Per)) : on;
        return Distinct > 0 ? on.DistinctBy("v", Ms(Distinct)) : on;
    }

    private static TimeSpan Ms(long ms) => TimeSpan.FromMilliseconds(ms);
}

/// <summary>
/// What a rule over time has to fire, for one value of its key, told from lists of all events and nothing else: no bounds, no storage.
/// Count, Then, Throttle and Distinct fire with the event that completes them, so they are told event by event in the order of matching;
/// Without and Debounce wait for what is not matched yet, so they are told from the sorted list.
/// </summary>
internal sealed class OverTimeModel(OverTimeCase rule)
{
    private const int DistinctKept = 20;

    private readonly HashSet<int> _seen = [];
    private readonly List<Shown> _stored = [];
    private readonly List<Shown> _begins = [];
    private readonly List<Shown> _follows = [];
    private readonly List<(Shown Last, Shown[] Causes, long Due)> _fired = [];
    private readonly List<long> _let = [];
    private readonly Dictionary<string, (long Floor, List<Shown> Kept)> _values = [];

    /// <summary>Gets what is not used yet of the events that a rule may still use.</summary>
    public IReadOnlyList<Shown> Unused => _begins;

    /// <summary>Gets the events that were passed over because others that are much newer had been seen.</summary>
    public List<Shown> PassedOver { get; } = [];

    public void Show(Shown one)
    {
        var (begins, follows) = (
            one.Type == "ask", one.Type == rule.Next
                && rule.Kind is OverTimeKind.FollowedBy or OverTimeKind.NotFollowedBy
                && one.Type == rule.Next);
        if ((!begins && !follows) || !_seen.Add(one.Index))
        {
            return;
        }

        if (rule.Kind != OverTimeKind.Each && _stored.Count > 0 && one.At < _stored.Max(static other => other.At) - rule.Late)
        {
            PassedOver.Add(one);
            return;
        }

        if (rule.Distinct > 0 && begins && !Counts(one))
        {
            // Passed over it is not seen: shown once more, it is passed over once more.
            return;
        }

        _stored.Add(one);
        switch (rule.Kind)
        {
            case OverTimeKind.Each:
                Fire(one, [one], one.At);
                break;
            case OverTimeKind.Count:
                Count(one);
                break;
            case OverTimeKind.FollowedBy:
                Follow(one, begins, follows);
                break;
            default:
                (begins ? _begins : _follows).Add(one);
                if (begins && follows)
                {
                    _follows.Add(one);
                }

                break;
        }
    }

    /// <summary>Gets what it fired in all: due, and the events.</summary>
    public IEnumerable<string> Finish()
    {
        if (rule.Kind == OverTimeKind.NotFollowedBy)
        {
            foreach (var one in Sorted(_begins).Where(
                one => !_follows.Exists(other => IsBefore(one, other) && other.At - one.At <= rule.Span)))
            {
                Fire(one, [one], one.At + rule.Span);
            }
        }
        else if (rule.Kind == OverTimeKind.Debounce)
        {
            foreach (var (last, due) in Bursts())
            {
                Fire(last, [last], due);
            }
        }

        return _fired.Select(static one => Text(one.Due, one.Causes.Select(static cause => cause.Index)));
    }

    public static string Text(long due, IEnumerable<int> causes) => $"{due}: {string.Join('+', causes)}";

    private static bool IsBefore(Shown one, Shown other) => (one.At, one.Index).CompareTo((other.At, other.Index)) < 0;

    private static Shown[] Sorted(IEnumerable<Shown> all) => [.. all.OrderBy(static one => one.At).ThenBy(static one => one.Index)];

    // The oldest so many that are near enough to one another and with the new one among them.
    private void Count(Shown one)
    {
        _begins.Add(one);
        var all = Sorted(_begins);
        for (var i = 0; i + rule.Count <= all.Length; i++)
        {
            var some = all[i..(i + rule.Count)];
            if (some.Contains(one) && some[^1].At - some[0].At <= rule.Span)
            {
                Fire(one, some, some[^1].At);
                _begins.RemoveAll(some.Contains);
                return;
            }
        }
    }

    private void Follow(Shown one, bool begins, bool follows)
    {
        var before = follows ? Sorted(_begins).FirstOrDefault(other => IsBefore(other, one) && one.At - other.At <= rule.Span) : null;
        var after = before is null && begins
            ? Sorted(_follows).FirstOrDefault(other => IsBefore(one, other) && other.At - one.At <= rule.Span)
            : null;
        if ((before ?? after) is { } other)
        {
            Shown[] pair = before is null ? [one, other] : [other, one];
            Fire(one, pair, pair[1].At);
            _begins.Remove(other);
            _follows.Remove(other);
            return;
        }

        if (begins)
        {
            _begins.Add(one);
        }

        if (follows)
        {
            _follows.Add(one);
        }
    }

    private IEnumerable<(Shown Last, long Due)> Bursts()
    {
        var all = Sorted(_begins);
        for (var i = 0; i < all.Length; i++)
        {
            var first = all[i].At;
            long End(Shown last) => Math.Min(last.At + rule.Span, first + rule.Wait);
            while (i + 1 < all.Length && all[i + 1].At < End(all[i]))
            {
                i++;
            }

            yield return (all[i], End(all[i]));
        }
    }

    // Counts from the last that counted, on either side.
    private bool Counts(Shown one)
    {
        var (floor, kept) = _values.GetValueOrDefault(one.Value, (-1, []));
        if (kept.Exists(other => Math.Abs(other.At - one.At) < rule.Distinct))
        {
            return false;
        }

        if (kept.Count > 0 && (one.At < kept.Max(static other => other.At) - rule.Late || one.At - rule.Distinct < floor))
        {
            PassedOver.Add(one);
            return false;
        }

        kept.Add(one);
        if (kept.Count > DistinctKept)
        {
            var oldest = Sorted(kept)[0];
            kept.Remove(oldest);
            floor = oldest.At;
        }

        _values[one.Value] = (floor, kept);
        return true;
    }

    private void Fire(Shown last, Shown[] causes, long due)
    {
        if (rule.Throttle > 0)
        {
            if (_let.Count > 0 && due < _let.Max() - rule.Late)
            {
                PassedOver.Add(last);
                return;
            }

            long[] all = [.. _let.Append(due).Order()];
            if (Enumerable.Range(0, Math.Max(0, all.Length - rule.Throttle)).Any(i => all[i + rule.Throttle] - all[i] < rule.Per))
            {
                return;
            }

            _let.Add(due);
        }

        _fired.Add((last, causes, due));
    }
}
