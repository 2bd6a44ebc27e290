using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>
/// What a group is that orders by key, by the contract: its deliveries, the places of each key, and who waits, without Redis.
/// </summary>
internal sealed class KeyModel(int places, bool holdsDead)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(40);

    // A delivery that crashed so many consumers is handed out one at a time.
    private const int QuarantinedAt = 2;

    private readonly List<Item> _all = [];
    private readonly List<Item> _ready = [];
    private readonly List<Item> _quarantine = [];
    private readonly List<Item> _turnCame = [];
    private readonly Dictionary<string, List<Item>> _active = [];
    private readonly Dictionary<string, List<Item>> _waiting = [];

    public IReadOnlyList<Item> All => _all;

    /// <summary>Gets how many deliveries stand in lists and are not handled, those included that were cancelled there.</summary>
    public int Listed => _ready.Count + _quarantine.Count + Waiting;

    /// <summary>Gets how many of them wait behind others of their key.</summary>
    public int Waiting => _waiting.Values.Sum(static list => list.Count(static item => item.Status != DeliveryStatus.Leased));

    public IReadOnlyList<Item> ActiveOf(string key) => Of(_active, key);

    public IReadOnlyList<Item> WaitingFor(string key) => Of(_waiting, key);

    public void Publish(string id, string? key, DateTimeOffset now, bool delayed, bool expires)
    {
        var item = new Item(id, key)
        {
            Status = delayed ? DeliveryStatus.Delayed : DeliveryStatus.Ready,
            Due = now + Delay,
            Expires = expires ? now + Expiry : DateTimeOffset.MaxValue,
        };
        _all.Add(item);
        if (!delayed)
        {
            _ready.Add(item);
        }
    }

    /// <summary>A consumer with room for everything claims until nothing is left for it.</summary>
    public void ClaimAll(DateTimeOffset now)
    {
        foreach (var item in _all.Where(item => item.Status == DeliveryStatus.Delayed && item.Due <= now).OrderBy(static item => item.Due)
            .ThenBy(static item => item.Id, StringComparer.Ordinal).ToArray())
        {
            item.Status = DeliveryStatus.Ready;
            (item.IsQuarantined ? _quarantine : _ready).Add(item);
        }

        while (_ready.Count + _quarantine.Count > 0)
        {
            var taken = _quarantine.Take(1).Concat(_ready).ToArray();
            _quarantine.RemoveRange(0, Math.Min(1, _quarantine.Count));
            _ready.Clear();
            foreach (var item in taken)
            {
                Claim(item, now);
            }

            TurnsCame();
        }
    }

    /// <summary>A batch that has the first of a key claims those that wait behind it.</summary>
    /// <param name="first">The first.</param>
    /// <param name="fence">The fence with which the batch holds it.</param>
    /// <param name="most">How many the batch has room for.</param>
    /// <param name="call">The number of this call.</param>
    /// <param name="earlier">The number of the call that has claimed others for the batch, and how many the batch has.</param>
    /// <param name="now">The time.</param>
    /// <returns>What was claimed.</returns>
    public IReadOnlyList<string> ClaimNext(Item first, long fence, int most, long call, (long Call, int Count) earlier, DateTimeOffset now)
    {
        var taken = new List<string>();
        if (places != 1 || first.Status != DeliveryStatus.Leased || first.Fence != fence || Of(_active, first.Key!) is not [var one]
            || one != first)
        {
            return taken;
        }

        foreach (var item in Of(_waiting, first.Key!))
        {
            if (item.Status == DeliveryStatus.Leased && item.Call == earlier.Call)
            {
                earlier.Count--;
                continue;
            }

            if (item.Status == DeliveryStatus.Canceled)
            {
                continue;
            }

            var isTaken = earlier.Count <= 0 && item.Status == DeliveryStatus.Ready && item.Expires > now && item.Attempts < 3
                && item.Crashes < 2;
            if (taken.Count == most || !isTaken)
            {
                break;
            }

            item.Lease(now, call);
            taken.Add(item.Id);
        }

        return taken;
    }

    public void Settle(Item item, long fence, Outcome outcome, DateTimeOffset now)
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

        if (IsBehindOthers(item) && (outcome == Outcome.Done || (outcome == Outcome.Dead && holdsDead)))
        {
            outcome = Outcome.Release;
        }

        switch (outcome)
        {
            case Outcome.Done:
                End(item, DeliveryStatus.Processed);
                break;
            case Outcome.Cancel:
                End(item, DeliveryStatus.Canceled);
                break;
            case Outcome.Dead when holdsDead:
                item.Status = DeliveryStatus.Dead;
                break;
            case Outcome.Dead:
                End(item, DeliveryStatus.Dead);
                break;
            case Outcome.Retry or Outcome.Release when IsBehindOthers(item):
                item.Status = DeliveryStatus.Ready;
                item.Attempts -= outcome == Outcome.Release ? 1 : 0;
                break;
            case Outcome.Retry:
                (item.Status, item.Due) = (DeliveryStatus.Delayed, now + Delay);
                if (places > 1)
                {
                    Leave(item);
                }

                break;
            case Outcome.Release:
                (item.Status, item.Attempts) = (DeliveryStatus.Ready, item.Attempts - 1);
                if (item.IsQuarantined)
                {
                    _quarantine.Add(item);
                }
                else
                {
                    _ready.Insert(0, item);
                }

                break;
        }

        TurnsCame();
    }

    public void Reap(DateTimeOffset now)
    {
        var expired = _all.Where(item => item.Status == DeliveryStatus.Leased && item.LeasedUntil <= now)
            .OrderBy(static item => item.LeasedUntil).ThenBy(static item => item.LeaseName, StringComparer.Ordinal).ToArray();
        var front = 0;
        foreach (var item in expired)
        {
            (item.Crashes, item.Fence) = (item.Crashes + 1, item.Fence + 1);
            if (item.IsCancelAsked)
            {
                End(item, DeliveryStatus.Canceled);
                continue;
            }

            item.Status = DeliveryStatus.Ready;
            if (IsBehindOthers(item))
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

        TurnsCame();
    }

    public void Cancel(Item item)
    {
        switch (item.Status)
        {
            case DeliveryStatus.Leased:
                item.IsCancelAsked = true;
                break;
            case DeliveryStatus.Delayed or DeliveryStatus.Ready or DeliveryStatus.Canceled:
                End(item, DeliveryStatus.Canceled);
                break;
        }

        TurnsCame();
    }

    public void Redrive(Item item)
    {
        if (item.Status == DeliveryStatus.Dead)
        {
            (item.Status, item.Crashes, item.IsCancelAsked, item.Expires) = (DeliveryStatus.Ready, 0, false, DateTimeOffset.MaxValue);
            item.Attempts = 0;
            _ready.Add(item);
        }
    }

    public void Discard(Item item)
    {
        if (item.Status == DeliveryStatus.Dead)
        {
            End(item, DeliveryStatus.Discarded);
            TurnsCame();
        }
    }

    private void Claim(Item item, DateTimeOffset now)
    {
        if (item.Status == DeliveryStatus.Canceled)
        {
            Leave(item);
        }
        else if (item.Key is null || TakesPlace(item))
        {
            if (item.Expires <= now)
            {
                End(item, DeliveryStatus.Expired);
            }
            else
            {
                item.Lease(now, call: 0);
            }
        }
    }

    private bool TakesPlace(Item item)
    {
        var (active, waiting) = (Of(_active, item.Key!), Of(_waiting, item.Key!));
        if (active.Contains(item))
        {
            return true;
        }

        if (active.Count < places && waiting.Count == 0)
        {
            active.Add(item);
            return true;
        }

        // One that was handled before is older than those that wait.
        waiting.Insert(item.Fence > 0 ? 0 : waiting.Count, item);
        PassOn(item.Key!);
        return false;
    }

    // What a batch handles behind the first of its key keeps its position.
    private bool IsBehindOthers(Item item) => item.Key is { } key && Of(_waiting, key).Contains(item);

    private void End(Item item, DeliveryStatus status)
    {
        if (item.Status == DeliveryStatus.Leased && IsBehindOthers(item))
        {
            Of(_waiting, item.Key!).Remove(item);
        }

        item.Status = status;
        Leave(item);
    }

    private void Leave(Item item)
    {
        if (item.Key is { } key && Of(_active, key).Remove(item))
        {
            PassOn(key);
        }
    }

    private void PassOn(string key)
    {
        var (active, waiting) = (Of(_active, key), Of(_waiting, key));
        while (active.Count < places && waiting.Count > 0)
        {
            var next = waiting[0];
            waiting.RemoveAt(0);
            if (next.Status == DeliveryStatus.Canceled)
            {
                continue;
            }

            active.Add(next);
            if (next.Status != DeliveryStatus.Leased)
            {
                _turnCame.Add(next);
            }
        }
    }

    // Behind the others: keys take turns.
    private void TurnsCame()
    {
        foreach (var item in _turnCame)
        {
            (item.IsQuarantined ? _quarantine : _ready).Add(item);
        }

        _turnCame.Clear();
    }

    private static List<Item> Of(Dictionary<string, List<Item>> lists, string key) =>
        lists.TryGetValue(key, out var list) ? list : lists[key] = [];

    internal sealed class Item(string id, string? key)
    {
        public string Id => id;

        public string? Key => key;

        public DeliveryStatus Status { get; set; }

        public long Fence { get; set; }

        public int Crashes { get; set; }

        public bool IsCancelAsked { get; set; }

        /// <summary>Gets or sets how many attempts are spent, with the one that is under way.</summary>
        public int Attempts { get; set; }

        /// <summary>Gets the number of the call that has leased it for a batch; 0 for a claim.</summary>
        public long Call { get; private set; }

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset Expires { get; set; }

        public DateTimeOffset LeasedUntil { get; set; }

        public bool IsQuarantined => Crashes >= QuarantinedAt;

        public void Lease(DateTimeOffset now, long call)
        {
            (Status, Fence, Attempts) = (DeliveryStatus.Leased, Fence + 1, Attempts + 1);
            (LeasedUntil, Call) = (now + KeyModel.Lease, call);
        }

        public string LeaseName => Fence > 1 ? $"{id}#{Fence}" : id;
    }
}
