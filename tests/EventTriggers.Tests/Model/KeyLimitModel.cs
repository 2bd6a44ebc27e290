using EventTriggers.Consuming.Execution;

namespace EventTriggers.Tests.Model;

/// <summary>
/// Judges what a group claims that limits how many deliveries of a key begin: by what has begun, and by what could have, without Redis.
/// </summary>
/// <param name="places">How many of a key are handled at a time; <see cref="int.MaxValue"/> for any number.</param>
/// <param name="limit">The limit of each key.</param>
internal sealed class KeyLimitModel(int places, Func<RateLimitModel> limit)
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(7);
    public static readonly TimeSpan Expiry = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (RateLimitModel Limit, List<long> Starts)> _keys = [];
    private int _sequence;

    public List<Item> All { get; } = [];

    public void Publish(string id, string? key, DateTimeOffset now, bool delayed, bool expires) => All.Add(new Item(id, key)
    {
        Status = delayed ? DeliveryStatus.Delayed : DeliveryStatus.Ready,
        Due = now + Delay,
        Expires = expires ? now + Expiry : DateTimeOffset.MaxValue,
        Sequence = delayed ? 0 : ++_sequence,
    });

    /// <summary>A consumer with room for everything has claimed until nothing was left for it.</summary>
    public void Claimed(IReadOnlyList<string> ids, DateTimeOffset now)
    {
        foreach (var item in All.Where(item => item.Status == DeliveryStatus.Delayed && item.Due <= now).OrderBy(static item => item.Due)
            .ThenBy(static item => item.Id, StringComparer.Ordinal).ToArray())
        {
            (item.Status, item.Sequence) = (DeliveryStatus.Ready, item.HasBegun ? item.Sequence : ++_sequence);
        }

        foreach (var id in ids)
        {
            Begin(All.Single(item => item.Id == id), now);
        }

        foreach (var key in All.Select(static item => item.Key).Distinct())
        {
            CanBegin(key, now).Should().BeFalse($"a delivery of key '{key}' could begin");
        }
    }

    /// <summary>Tells when the next delivery that waits only for its key's limit may begin, in unix ms; −1 for none.</summary>
    public long NextAt(DateTimeOffset now) => All.Select(static item => item.Key).Distinct().OfType<string>()
        .Where(key => HasRoom(key) && All.Any(item => item.Key == key && item.IsStartable(now)))
        .Select(key => (Of(key).Limit.NextAt(Micros(now)) + 999) / 1000).DefaultIfEmpty(-1).Min();

    public static void Settle(Item item, Outcome outcome, DateTimeOffset now)
    {
        item.Status = (item.IsCancelAsked, outcome) switch
        {
            (_, Outcome.Done) => DeliveryStatus.Processed,
            (_, Outcome.Dead) => DeliveryStatus.Dead,
            (true, _) or (_, Outcome.Cancel) => DeliveryStatus.Canceled,
            (_, Outcome.Retry) => DeliveryStatus.Delayed,
            _ => DeliveryStatus.Ready,
        };
        item.Due = now + Delay;
    }

    /// <summary>It is given back, and no handler has begun.</summary>
    public void Return(Item item, DateTimeOffset now)
    {
        Settle(item, Outcome.Release, now);
        if (item is { Key: { } key, IsCancelAsked: false })
        {
            Of(key).Limit.Return(Micros(now), item.BegunAt);
            Of(key).Starts.Remove(item.BegunAt);
        }
    }

    public void Reap(DateTimeOffset now)
    {
        foreach (var item in All.Where(item => item.Status == DeliveryStatus.Leased && item.LeasedUntil <= now))
        {
            item.Status = item.IsCancelAsked ? DeliveryStatus.Canceled : DeliveryStatus.Ready;
        }
    }

    public static void Cancel(Item item)
    {
        if (item.Status == DeliveryStatus.Leased)
        {
            item.IsCancelAsked = true;
        }
        else if (item.Status is DeliveryStatus.Ready or DeliveryStatus.Delayed)
        {
            item.Status = DeliveryStatus.Canceled;
        }
    }

    public static void Redrive(Item item)
    {
        if (item.Status == DeliveryStatus.Dead)
        {
            (item.Status, item.IsCancelAsked, item.Expires, item.IsRedriven) = (DeliveryStatus.Ready, false, DateTimeOffset.MaxValue, true);
        }
    }

    private void Begin(Item item, DateTimeOffset now)
    {
        item.IsStartable(now).Should().BeTrue($"{item.Id} is claimed, and is {item.Status}");
        if (item.Key is { } key)
        {
            HasRoom(key).Should().BeTrue($"a place of key '{key}' must be free");
            if (places == 1 && !item.IsRedriven)
            {
                All.Should().NotContain(
                    other => other.Key == key && other.Sequence < item.Sequence && other.IsStartable(now) && !other.IsRedriven,
                    "an earlier one waits");
            }

            var (judge, starts) = Of(key);
            judge.Take(Micros(now), 1).Should().Be(1, $"the limit of key '{key}' must allow it");
            starts.Add(Micros(now));
            limit().Allows(starts).Should().BeTrue("no span of time has more");
        }

        (item.Status, item.HasBegun, item.BegunAt, item.LeasedUntil) = (DeliveryStatus.Leased, true, Micros(now), now + Lease);
    }

    private bool CanBegin(string? key, DateTimeOffset now) => All.Any(item => item.Key == key && item.IsStartable(now))
        && (key is null || (HasRoom(key) && Of(key).Limit.NextAt(Micros(now)) <= Micros(now)));

    // In order, one that waits for its next attempt has its place.
    private bool HasRoom(string key) => All.Count(item => item.Key == key && (item.Status == DeliveryStatus.Leased
        || (places == 1 && item is { Status: DeliveryStatus.Delayed, HasBegun: true }))) < places;

    private (RateLimitModel Limit, List<long> Starts) Of(string key) =>
        _keys.TryGetValue(key, out var found) ? found : _keys[key] = (limit(), []);

    private static long Micros(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;

    internal sealed class Item(string id, string? key)
    {
        public string Id => id;

        public string? Key => key;

        public DeliveryStatus Status { get; set; }

        public bool IsCancelAsked { get; set; }

        public bool HasBegun { get; set; }

        public long BegunAt { get; set; }

        /// <summary>Gets or sets a value indicating whether it was a dead letter: then nothing is said of its order.</summary>
        public bool IsRedriven { get; set; }

        /// <summary>Gets or sets its place in the order in which deliveries became ready.</summary>
        public int Sequence { get; set; }

        public DateTimeOffset Due { get; set; }

        public DateTimeOffset Expires { get; set; }

        public DateTimeOffset LeasedUntil { get; set; }

        public bool IsStartable(DateTimeOffset now) => Status == DeliveryStatus.Ready && Expires > now;
    }
}
