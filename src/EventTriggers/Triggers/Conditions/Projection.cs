using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// The part of an event that patterns test, and the clauses that the event may satisfy. One pass over the payload fills it, and the next
/// event reuses it. Objects are numbered. Each object holds its findings, the values and objects under the names that patterns use, ordered
/// by slot. So the size depends on the findings and not on the number of patterns.
/// </summary>
internal sealed class Projection
{
    private const int None = -1;

    // Far more than an ordinary event needs.
    private const int MaxKept = 8192;

    // Up to this count, marking each clause is faster than checking whether the posting was seen.
    private const int FewClauses = 8;

    private readonly ProjectedValues _values = new();
    private Finding[] _open = new Finding[16];
    private Finding[] _findings = new Finding[16];
    private Object[] _objects = new Object[4];
    private int _openCount;
    private int _findingCount;
    private int _objectCount;

    // By clause: the number of the last event for which it became a candidate, and for which its entry was decided.
    private int[] _marked = [];
    private int[] _matched = [];
    private int _event;

    // By the first clause of an entry: the steps that its clauses have left. They have all steps if the event is another one.
    private (int Event, long Steps)[] _left = [];
    private long _steps;

    // Postings of many clauses whose clauses are candidates already. Many values may lead to the same posting.
    private readonly HashSet<Posting> _postings = [];

    /// <summary>Gets the clauses that the event may satisfy.</summary>
    public List<Clause> Candidates { get; } = [];

    /// <summary>Gets a value indicating whether this instance has grown too large to keep for the next event.</summary>
    public bool IsLarge =>
        Numbers.Capacity > MaxKept
        || Addresses.Capacity > MaxKept
        || _postings.Count > MaxKept
        || _values.IsLarge(MaxKept)
        || _findings.Length > MaxKept
        || _open.Length > MaxKept
        || _objects.Length > MaxKept;

    /// <summary>Gets the numbers to look up in ranges, which <see cref="FindRanges"/> does.</summary>
    public RangeLookups<decimal> Numbers { get; } = new();

    /// <summary>Gets the addresses to look up in networks, which <see cref="FindRanges"/> does.</summary>
    public RangeLookups<UInt128> Addresses { get; } = new();

    /// <summary>Gets a value indicating whether the current clause takes more steps than its entry has left.</summary>
    public bool IsSpent => _steps < 0;

    /// <summary>Begins with the next event.</summary>
    /// <param name="clauses">The number of clauses in the index.</param>
    public void Begin(int clauses)
    {
        (_openCount, _findingCount, _objectCount) = (0, 0, 0);
        _values.Clear();
        _postings.Clear();
        Numbers.Clear();
        Addresses.Clear();
        Candidates.Clear();
        if (_marked.Length < clauses)
        {
            _marked = new int[Math.Max(clauses, 2 * _marked.Length)];
            _matched = new int[_marked.Length];
            _left = new (int Event, long Steps)[_marked.Length];
            _event = 0;
        }

        if (++_event == int.MaxValue)
        {
            Array.Clear(_marked);
            Array.Clear(_matched);
            Array.Clear(_left);
            _event = 1;
        }
    }

    /// <summary>Adds clauses to the candidates, each once.</summary>
    public void Add(Posting? posting)
    {
        if (posting is null || (posting.Count > FewClauses && !_postings.Add(posting)))
        {
            return;
        }

        foreach (var clause in posting.Clauses)
        {
            if (_marked[clause.Id] != _event)
            {
                _marked[clause.Id] = _event;
                Candidates.Add(clause);
            }
        }
    }

    /// <summary>Determines whether an entry is decided, so that its other clauses need not be evaluated.</summary>
    public bool IsDone(PatternEntry entry) => _matched[entry.Clauses[0].Id] == _event;

    public void End(PatternEntry entry) => _matched[entry.Clauses[0].Id] = _event;

    /// <summary>Adds the clauses that numbers and addresses lead to.</summary>
    public void FindRanges()
    {
        Numbers.Find(this);
        Addresses.Find(this);
    }

    /// <summary>Begins or continues with the clauses of an entry.</summary>
    public void Open(PatternEntry entry) =>
        _steps = entry.Clauses.Count > 1 && _left[entry.Clauses[0].Id] is var left && left.Event == _event
            ? left.Steps
            : EventPattern.MaxSteps;

    /// <summary>Saves the remaining steps for the other clauses of an entry.</summary>
    public void Keep(PatternEntry entry) => _left[entry.Clauses[0].Id] = (_event, _steps);

    /// <summary>Spends steps. The result is <see langword="false"/> once too few are left.</summary>
    public bool Spend(long steps) => (_steps -= _steps < 0 ? 0 : steps) >= 0;

    /// <summary>Reads the object that the reader has entered.</summary>
    /// <returns>The number of the object.</returns>
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

    /// <summary>Gets the findings of an object, ordered by slot.</summary>
    public ReadOnlySpan<Finding> FindingsOf(int number) => _findings.AsSpan(_objects[number].First, _objects[number].Count);

    /// <summary>Gets the index of the first finding whose slot is at least the given one.</summary>
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

    // Reads the value at which the reader stands, or the elements of an array one by one.
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

    // Moves the findings of an object together. If the object has a name twice, the last one counts, as it does for a deserializer.
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

    /// <summary>
    /// A chain of values and a chain of objects under one name of an object. The elements of an array are separate links.
    /// </summary>
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
