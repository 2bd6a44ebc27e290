using EventTriggers.Redis;

namespace EventTriggers.Consuming.Execution;

/// <summary>
/// The places that one claim may fill. What it did not fill is given back when it is answered, and all of it when that takes long: a server that is away must not hold what others could fill.
/// What such a claim has taken all the same comes on top.
/// </summary>
internal sealed class ClaimReservation : IDisposable
{
    private readonly IReadOnlyList<ConsumerGroup> _groups;
    private readonly int[] _places;
    private readonly bool[] _suspects;
    private bool _isReturned;

    /// <param name="partition">Where the claim is made.</param>
    /// <param name="groups">For whom.</param>
    /// <param name="isLeaving">Whether it takes nothing.</param>
    public ClaimReservation(Partition partition, IReadOnlyList<ConsumerGroup> groups, bool isLeaving)
    {
        (_groups, _places, _suspects) = (groups, new int[groups.Count], new bool[groups.Count]);
        for (var g = 0; g < groups.Count; g++)
        {
            _places[g] = isLeaving ? 0 : groups[g].Reserve(partition);
            _suspects[g] = _places[g] > 0 && groups[g].ReserveSuspect();
        }
    }

    /// <summary>Gets a value indicating whether it holds no place any more.</summary>
    public bool IsReturned => Volatile.Read(ref _isReturned);

    /// <summary>Gets how many deliveries of a group it may take.</summary>
    public int Places(int group) => _places[group];

    /// <summary>Gets a value indicating whether one of them may be a suspect.</summary>
    public bool HasSuspect(int group) => _suspects[group];

    /// <summary>Takes a place for a delivery, whose worker gives it back.</summary>
    /// <returns>Whether the place was still held.</returns>
    public bool Take(int group, bool isSuspect)
    {
        lock (_places)
        {
            if (_isReturned)
            {
                _groups[group].Overdraw();
                return false;
            }

            _places[group]--;
            _suspects[group] &= !isSuspect;
            return true;
        }
    }

    /// <summary>Gives back what is not taken.</summary>
    public void Return()
    {
        lock (_places)
        {
            if (_isReturned)
            {
                return;
            }

            _isReturned = true;
        }

        for (var g = 0; g < _groups.Count; g++)
        {
            if (_suspects[g])
            {
                _groups[g].ReturnSuspect();
            }

            _groups[g].Return(_places[g]);
        }
    }

    public void Dispose() => Return();
}
