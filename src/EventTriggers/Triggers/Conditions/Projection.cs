using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// What of one event its patterns ask about, and the clauses that it may satisfy. It is filled in one pass over the payload, and used again for the next event. Objects are
/// numbered, and each has what was found under the names that patterns ask about, by their slots; so its size follows what is found, not what is asked.
/// </summary>
internal sealed class Projection
{
    private const int None = -1;

    // Far more than events that are not out of the ordinary take.
    private const int MostKept = 8192;

    // So many are sooner noted than known to be noted.
    private const int FewClauses = 8;

    private readonly ProjectedValues _values = new();
    private Finding[] _open = new Finding[16];
    private Finding[] _findings = new Finding[16];
    private Object[] _objects = new Object[4];
    private int _openCount;
    private int _findingCount;
    private int _objectCount;

    // Which clauses are candidates already, by the number of the event.
    private int[] _noted = [];
    private int[] _matched = [];
    private int _event;

    // What the clauses of an entry have left, by the first of them; where another event has left it, they have all.
    private (int Event, long Steps)[] _left = [];
    private long _steps;

    // Postings of many clauses that are candidates already: many values lead to them.
    private readonly HashSet<Posting> _postings = [];

    /// <summary>Gets the clauses that the event may satisfy.</summary>
    public List<Clause> Candidates { get; } = [];

    /// <summary>Gets a value indicating whether an event has made it so large that it is not worth keeping.</summary>
    public bool IsLarge => Numbers.Capacity > MostKept || Addresses.Capacity > MostKept || _postings.Count > MostKept || _values.IsLarge(MostKept) || _findings.Length > MostKept || _open.Length > MostKept || _objects.Length > MostKept;

    /// <summary>Gets the numbers that lead to ranges, until <see cref="FindRanges"/>.</summary>
    public RangeLookups<decimal> Numbers { get; } = new();

    /// <summary>Gets the addresses that lead to networks, until <see cref="FindRanges"/>.</summary>
    public RangeLookups<UInt128> Addresses { get; } = new();

    /// <summary>Gets a value indicating whether the clause that is looked at takes more steps than its entry has.</summary>
    public bool IsSpent => _steps < 0;

    /// <summary>Begins with another event.</summary>
    /// <param name="clauses">How many clauses there are.</param>
    public void Begin(int clauses)
    {
        (_openCount, _findingCount, _objectCount) = (0, 0, 0);
        _values.Clear();
        _postings.Clear();
        Numbers.Clear();
        Addresses.Clear();
        Candidates.Clear();
        if (_noted.Length < clauses)
        {
            _noted = new int[Math.Max(clauses, 2 * _noted.Length)];
            _matched = new int[_noted.Length];
            _left = new (int Event, long Steps)[_noted.Length];
            _event = 0;
        }

        if (++_event == int.MaxValue)
        {
            Array.Clear(_noted);
            Array.Clear(_matched);
            Array.Clear(_left);
            _event = 1;
        }
    }

    /// <summary>Notes clauses as candidates, each once.</summary>
    public void Add(Posting? posting)
    {
        if (posting is null || (posting.Count > FewClauses && !_postings.Add(posting)))
        {
            return;
        }

        foreach (var clause in posting.Clauses)
        {
            if (_noted[clause.Id] != _event)
            {
                _noted[clause.Id] = _event;
                Candidates.Add(clause);
            }
        }
    }

    /// <summary>Tells whether no more clauses of an entry are to be looked at.</summary>
    public bool IsDone(PatternEntry entry) => _matched[entry.Clauses[0].Id] == _event;

    public void End(PatternEntry entry) => _matched[entry.Clauses[0].Id] = _event;

    /// <summary>Notes the clauses that numbers and addresses lead to.</summary>
    public void FindRanges()
    {
        Numbers.Find(this);
        Addresses.Find(this);
    }

    /// <summary>Begins, or goes on, with the clauses of an entry.</summary>
    public void Open(PatternEntry entry) => _steps = entry.Clauses.Count > 1 && _left[entry.Clauses[0].Id] is var left && left.Event == _event ? left.Steps : EventPattern.MostSteps;

    /// <summary>Notes what is left for the other clauses of an entry.</summary>
    public void Keep(PatternEntry entry) => _left[entry.Clauses[0].Id] = (_event, _steps);

    /// <summary>Takes steps; <see langword="false"/> where there are not so many left, and from then on.</summary>
    public bool Spend(long steps) => (_steps -= _steps < 0 ? 0 : steps) >= 0;

    /// <summary>Reads an object that the reader has entered.</summary>
    /// <returns>Its number.</returns>
    public int ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, FieldPath path)
    {
        var first = _openCount;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var child = path.Find(in reader);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
                continue;
            }

            var finding = new Finding { Slot = child.Slot, Order = _openCount, Leaf = None, Object = None };
            Read(ref reader, json, child, ref finding);
            Grow(ref _open, _openCount + 1);
            _open[_openCount++] = finding;
        }

        return Close(first);
    }

    /// <summary>Gets what was found in an object, by slot.</summary>
    public ReadOnlySpan<Finding> FindingsOf(int number) => _findings.AsSpan(_objects[number].First, _objects[number].Count);

    /// <summary>Gets where the first finding stands whose slot is not below one.</summary>
    public static int FirstOf(ReadOnlySpan<Finding> findings, int slot)
    {
        var (low, high) = (0, findings.Length);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = findings[middle].Slot < slot ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public int NextLeaf(int leaf) => _values.Next(leaf);

    public int NextObject(int number) => _objects[number].Next;

    public JsonLeaf LeafAt(ReadOnlySpan<byte> json, int number) => _values.LeafAt(json, number);

    // Reads the value that a reader is at, or the elements of an array one by one.
    private void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, FieldPath path, ref Finding finding)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when path.HasChildren:
                var number = ReadObject(ref reader, json, path);
                (_objects[number].Next, finding.Object) = (finding.Object, number);
                break;
            case JsonTokenType.StartObject:
                reader.Skip();
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref reader, json, path, ref finding);
                }

                break;
            default:
                if (path.Index is { } index)
                {
                    finding.Leaf = _values.Add(ref reader, finding.Leaf);
                    index.Find(LeafAt(json, finding.Leaf), this);
                }

                break;
        }
    }

    // What was found in the object stands together from here on. Of a name that it has twice the last counts, as for whoever deserializes it.
    private int Close(int first)
    {
        var open = _open.AsSpan(first, _openCount - first);
        open.Sort(static (a, b) => a.Slot != b.Slot ? a.Slot.CompareTo(b.Slot) : a.Order.CompareTo(b.Order));
        Grow(ref _findings, _findingCount + open.Length);
        Grow(ref _objects, _objectCount + 1);
        var begin = _findingCount;
        for (var i = 0; i < open.Length; i++)
        {
            if (i + 1 == open.Length || open[i].Slot != open[i + 1].Slot)
            {
                _findings[_findingCount++] = open[i];
            }
        }

        _openCount = first;
        _objects[_objectCount] = new Object { First = begin, Count = _findingCount - begin, Next = None };
        return _objectCount++;
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, 2 * array.Length));
        }
    }

    /// <summary>What an object has under one name: chains of values, and of objects; an array's elements are in them one by one.</summary>
    internal struct Finding
    {
        public int Slot;
        public int Order;
        public int Leaf;
        public int Object;
    }

    private struct Object
    {
        public int First;
        public int Count;
        public int Next;
    }
}
