using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>
/// What becomes of events with names in one group, by the contract and without Redis: of each name one event holds it, and one waits.
/// </summary>
internal sealed class UniqueModel
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(40);

    // What waits is looked at again after so long.
    private static readonly TimeSpan Backstop = TimeSpan.FromMinutes(1);

    private readonly List<Item> _all = [];
    private readonly List<Item> _ready = [];
    private readonly List<Item> _quarantine = [];
    private readonly Dictionary<string, (Item? Holder, Item? Waiting)> _names = [];

    // Those that were put off when they were claimed, the next one first; some may have ended.
    private readonly Dictionary<string, List<Item>> _putOff = [];

    // Those of which an event may have ended in this step.
    private readonly HashSet<string> _touched = [];

    public DateTimeOffset Now { get; set; }

    public IReadOnlyList<Item> All => _all;

    public (Item? Holder, Item? Waiting) Of(string name) => _names.GetValueOrDefault(name);

    /// <summary>Publishes an event, whose id is not known yet; or answers the one that is kept in its place.</summary>
    public Item Publish(string name, UniqueUntil until, WhenTaken otherwise, bool delayed, bool expires)
    {
        var (holder, waiting) = Look(name);
        var next = waiting ?? PutOff(name).Find(Holds);
        if (holder is not null)
        {
            _touched.Add(name);
            if (Keeps(holder, next, otherwise) is { } kept)
            {
                MoveTouchedOn();
                return kept;
            }
        }

        var item = new Item(name, until)
        {
            OwnDue = delayed ? Now + Delay : Now, Expires = expires ? Now + Expiry : DateTimeOffset.MaxValue,
        };
        if (holder is { HasBegun: true } && next is not null)
        {
            CancelNow(next);
            PutOff(name).Remove(next);
            waiting = null;
        }

        if (holder is not null && (!holder.HasBegun || otherwise == WhenTaken.CancelRunning))
        {
            CancelNow(holder);
        }

        var waits = holder is { HasBegun: true } && Holds(holder);
        _names[name] = waits ? (holder, item) : (item, waiting);
        (item.Status, item.Due) = waits || delayed ? (DeliveryStatus.Delayed, item.OwnDue) : (DeliveryStatus.Ready, Now);
        if (waits)
        {
            item.Due = item.OwnDue > Now + Backstop ? item.OwnDue : Now + Backstop;
        }

        _all.Add(item);
        if (item.Status == DeliveryStatus.Ready)
        {
            _ready.Add(item);
        }

        MoveTouchedOn();
        return item;
    }

    /// <summary>A consumer with room for everything claims until nothing is left for it.</summary>
    public void ClaimAll()
    {
        int left;
        do
        {
            foreach (var item in _all.Where(item => item.Status == DeliveryStatus.Delayed && item.Due <= Now)
                .OrderBy(static item => item.Due).ThenBy(static item => item.Id, StringComparer.Ordinal).ToArray())
            {
                MakeReady(item);
            }

            var taken = _quarantine.Take(1).Concat(_ready).ToArray();
            _quarantine.RemoveRange(0, Math.Min(1, _quarantine.Count));
            _ready.Clear();
            foreach (var item in taken)
            {
                Claim(item);
            }

            left = _quarantine.Count;
            MoveTouchedOn();
        }
        while (left > 0);
    }

    public void Settle(Item item, long fence, Outcome outcome)
    {
        if (item.Status != DeliveryStatus.Leased || item.Fence != fence)
        {
            return;
        }

        if (item.IsCancelAsked && outcome is not Outcome.Done and not Outcome.Dead)
        {
            outcome = Outcome.Cancel;
        }
        else if (outcome == Outcome.Cancel)
        {
            outcome = Outcome.Release;
        }

        item.Status = outcome switch
        {
            Outcome.Done => DeliveryStatus.Processed,
            Outcome.Cancel => DeliveryStatus.Canceled,
            Outcome.Dead => DeliveryStatus.Dead,
            Outcome.Retry => DeliveryStatus.Delayed,
            _ => DeliveryStatus.Ready,
        };
        if (item.Status == DeliveryStatus.Delayed)
        {
            item.Due = Now + Delay;
        }
        else if (item.Status == DeliveryStatus.Ready)
        {
            (item.IsQuarantined ? _quarantine : _ready).Insert(item.IsQuarantined ? _quarantine.Count : 0, item);
        }

        _touched.Add(item.Name);
        MoveTouchedOn();
    }

    public void Reap()
    {
        var expired = _all.Where(item => item.Status == DeliveryStatus.Leased && item.LeasedUntil <= Now)
            .OrderBy(static item => item.LeasedUntil).ThenBy(static item => item.LeaseName, StringComparer.Ordinal).ToArray();
        var front = 0;
        foreach (var item in expired)
        {
            _touched.Add(item.Name);
            (item.Crashes, item.Fence) = (item.Crashes + 1, item.Fence + 1);
            item.Status = item.IsCancelAsked ? DeliveryStatus.Canceled : DeliveryStatus.Ready;
            if (item.Status == DeliveryStatus.Canceled)
            {
                continue;
            }

            if (item.IsQuarantined)
            {
                _quarantine.Add(item);
            }
            else
            {
                _ready.Insert(front++, item);
            }
        }

        MoveTouchedOn();
    }

    public void Cancel(Item item)
    {
        CancelNow(item);
        MoveTouchedOn();
    }

    public void Redrive(Item item)
    {
        if (item.Status != DeliveryStatus.Dead)
        {
            return;
        }

        (item.Status, item.Crashes, item.IsCancelAsked, item.Expires) = (DeliveryStatus.Ready, 0, false, DateTimeOffset.MaxValue);
        _ready.Add(item);
        if (item.Until == UniqueUntil.Handled && Look(item.Name).Holder is null)
        {
            _names[item.Name] = (item, null);
        }
    }

    /// <summary>Looks at every name.</summary>
    public void Repair()
    {
        foreach (var name in _names.Keys.ToArray())
        {
            MoveOn(name);
        }
    }

    private static Item? Keeps(Item holder, Item? waiting, WhenTaken otherwise) => otherwise switch
    {
        WhenTaken.Keep => holder,
        WhenTaken.QueueOne => holder.HasBegun ? waiting : holder,
        _ => null,
    };

    private bool Holds(Item item) =>
        item.IsOpen && !(item.Until == UniqueUntil.Started && item.HasBegun)
        && (item.Status == DeliveryStatus.Leased || item.Expires > Now);

    // Who holds a name now: what has ended holds it no longer.
    private (Item? Holder, Item? Waiting) Look(string name)
    {
        var (holder, waiting) = Of(name);
        waiting = waiting is not null && Holds(waiting) ? waiting : null;
        return holder is not null && Holds(holder) ? (holder, waiting) : (waiting ?? PutOff(name).Find(Holds), null);
    }

    private List<Item> PutOff(string name) =>
        _putOff.TryGetValue(name, out var items) ? items : _putOff[name] = [];

    private void Claim(Item item)
    {
        if (item.Status == DeliveryStatus.Canceled)
        {
            _touched.Add(item.Name);
        }

        if (item.Status != DeliveryStatus.Ready)
        {
            return;
        }

        if (item.Expires <= Now)
        {
            item.Status = DeliveryStatus.Expired;
            _touched.Add(item.Name);
        }
        else if (item.Until == UniqueUntil.Started && item.HasBegun)
        {
            BeginRun(item);
        }
        else if (Of(item.Name).Holder is { } holder && holder != item && Holds(holder) && holder.HasBegun)
        {
            (item.Status, item.Due) = (DeliveryStatus.Delayed, Now + Backstop);
            if (Of(item.Name).Waiting != item && !PutOff(item.Name).Contains(item))
            {
                PutOff(item.Name).Add(item);
            }
        }
        else
        {
            // Whoever is claimed first runs; one that has not begun waits for it.
            var (before, waiting) = Of(item.Name);
            PutOff(item.Name).Remove(item);
            if (before is not null && before != item && Holds(before))
            {
                PutOff(item.Name).Insert(0, before);
            }

            _names[item.Name] = (item, waiting == item ? null : waiting);
            BeginRun(item);
        }
    }

    private void BeginRun(Item item)
    {
        (item.Status, item.Fence, item.LeasedUntil) = (DeliveryStatus.Leased, item.Fence + 1, Now + Lease);
        if (item.Until == UniqueUntil.Started)
        {
            _touched.Add(item.Name);
        }
    }

    private void CancelNow(Item item)
    {
        if (item.Status == DeliveryStatus.Leased)
        {
            item.IsCancelAsked = true;
        }
        else if (item.IsOpen)
        {
            item.Status = DeliveryStatus.Canceled;
            _touched.Add(item.Name);
        }
    }

    // What ends lets the one go on that waits for it.
    private void MoveTouchedOn()
    {
        foreach (var name in _touched)
        {
            MoveOn(name);
        }

        _touched.Clear();
    }

    private void MoveOn(string name)
    {
        var (before, _) = Of(name);
        var (holder, waiting) = Look(name);
        _names[name] = (holder, waiting);
        PutOff(name).RemoveAll(one => one == holder || !Holds(one));
        if (holder == before || holder is not { Status: DeliveryStatus.Delayed })
        {
            return;
        }

        if (holder.OwnDue > Now)
        {
            holder.Due = holder.OwnDue;
        }
        else
        {
            MakeReady(holder);
        }
    }

    private void MakeReady(Item item)
    {
        item.Status = DeliveryStatus.Ready;
        (item.IsQuarantined ? _quarantine : _ready).Add(item);
    }

    internal sealed class Item(string name, UniqueUntil until)
    {
        // A delivery that crashed so many consumers is handed out one at a time.
        private const int QuarantinedAt = 2;

        public string Id { get; set; } = string.Empty;

        public string Name => name;

        public UniqueUntil Until => until;

        public DeliveryStatus Status { get; set; }

        public long Fence { get; set; }

        public int Crashes { get; set; }

        public bool IsCancelAsked { get; set; }

        public DateTimeOffset OwnDue { get; init; }

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset Expires { get; set; }

        public DateTimeOffset LeasedUntil { get; set; }

        public bool HasBegun => Fence > 0;

        public bool IsOpen => Status is DeliveryStatus.Ready or DeliveryStatus.Delayed or DeliveryStatus.Leased;

        public bool IsQuarantined => Crashes >= QuarantinedAt;

        public string LeaseName => Fence > 1 ? $"{Id}#{Fence}" : Id;
    }
}
