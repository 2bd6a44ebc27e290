using System.Text.Json;

namespace EventTriggers;

/// <summary>
/// What of one event its patterns ask about, and the clauses that it may satisfy. It is filled in one pass over the payload, and used again for the next event. Values and
/// objects are numbered; each object has two chains for each name below its path: of values, and of objects. An array's elements are in the chain one by one.
/// </summary>
internal sealed class Projection
{
    private const int None = -1;

    private Leaf[] _leaves = new Leaf[16];
    private Object[] _objects = new Object[4];
    private int[] _heads = new int[64];
    private byte[] _text = new byte[256];
    private int _leafCount;
    private int _objectCount;
    private int _headCount;
    private int _textLength;

    // Which clauses are candidates already, by the number of the event.
    private int[] _noted = [];
    private int[] _matched = [];
    private int _event;

    /// <summary>Gets the clauses that the event may satisfy.</summary>
    public List<Clause> Candidates { get; } = [];

    /// <summary>Begins with another event.</summary>
    /// <param name="root">The names that patterns ask about.</param>
    /// <param name="clauses">How many clauses there are.</param>
    public void Begin(FieldPath root, int clauses)
    {
        (_leafCount, _objectCount, _headCount, _textLength) = (0, 0, 0, 0);
        Candidates.Clear();
        if (_noted.Length < clauses)
        {
            _noted = new int[Math.Max(clauses, 2 * _noted.Length)];
            _matched = new int[_noted.Length];
            _event = 0;
        }

        if (++_event == int.MaxValue)
        {
            Array.Clear(_noted);
            Array.Clear(_matched);
            _event = 1;
        }

        Open(root, isElement: false);
    }

    /// <summary>Notes clauses as candidates, each once.</summary>
    public void Add(Posting? posting)
    {
        if (posting is null)
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

    /// <summary>Tells whether one of the clauses of an entry was satisfied already.</summary>
    public bool HasMatched(PatternEntry entry) => _matched[entry.Clauses[0].Id] == _event;

    public void Match(PatternEntry entry) => _matched[entry.Clauses[0].Id] = _event;

    /// <summary>Reads the value that a reader is at: it belongs to an object, under a name.</summary>
    public void Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, FieldPath path, int parent, bool isElement)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject when path.Count > 0:
                ReadObject(ref reader, json, path, ObjectOf(path, parent, isElement));
                break;
            case JsonTokenType.StartObject:
                reader.Skip();
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref reader, json, path, parent, isElement: true);
                }

                break;
            default:
                if (path.Index is { } index)
                {
                    index.Find(LeafAt(json, AddLeaf(ref reader, path, parent)), this);
                }

                break;
        }
    }

    /// <summary>Reads an object that the reader has entered.</summary>
    public void ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, FieldPath path, int number)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var child = path.Find(ref reader);
            reader.Read();
            if (child is null)
            {
                reader.Skip();
            }
            else
            {
                Read(ref reader, json, child, number, isElement: false);
            }
        }
    }

    /// <summary>Gets the first value, or −1, of a name in an object.</summary>
    public int FirstLeaf(int parent, int slot) => _heads[_objects[parent].Heads + (2 * slot)];

    public int NextLeaf(int leaf) => _leaves[leaf].Next;

    /// <summary>Gets the first object, or −1, of a name in an object.</summary>
    public int FirstObject(int parent, int slot) => _heads[_objects[parent].Heads + (2 * slot) + 1];

    public int NextObject(int number) => _objects[number].Next;

    public JsonLeaf LeafAt(ReadOnlySpan<byte> json, int number)
    {
        ref var leaf = ref _leaves[number];
        var source = leaf.IsCopied ? _text : json;
        return new JsonLeaf(leaf.Kind, source.Slice(leaf.Start, leaf.Length), leaf.Number);
    }

    private int AddLeaf(ref Utf8JsonReader reader, FieldPath path, int parent)
    {
        Grow(ref _leaves, _leafCount + 1);
        ref var leaf = ref _leaves[_leafCount];
        leaf = new Leaf { Kind = reader.TokenType, Start = (int)reader.TokenStartIndex, Length = reader.ValueSpan.Length };
        switch (reader.TokenType)
        {
            case JsonTokenType.String when reader.ValueIsEscaped:
                Grow(ref _text, _textLength + reader.ValueSpan.Length);
                (leaf.IsCopied, leaf.Start, leaf.Length) = (true, _textLength, reader.CopyString(_text.AsSpan(_textLength)));
                _textLength += leaf.Length;
                break;
            case JsonTokenType.String:
                leaf.Start++;
                break;
            case JsonTokenType.Number:
                leaf.Number = JsonNumber.Of(ref reader);
                break;
        }

        ref var head = ref _heads[_objects[parent].Heads + (2 * path.Slot)];
        (leaf.Next, head) = (head, _leafCount);
        return _leafCount++;
    }

    // A name that an object has twice counts twice: objects that are no elements of an array are one. It is the first of the chain, so that it is found.
    private int ObjectOf(FieldPath path, int parent, bool isElement)
    {
        var first = FirstObject(parent, path.Slot);
        var isPlain = first != None && !_objects[first].IsElement;
        if (isPlain && !isElement)
        {
            return first;
        }

        var number = Open(path, isElement);
        if (isPlain)
        {
            (_objects[number].Next, _objects[first].Next) = (_objects[first].Next, number);
        }
        else
        {
            _objects[number].Next = first;
            _heads[_objects[parent].Heads + (2 * path.Slot) + 1] = number;
        }

        return number;
    }

    private int Open(FieldPath path, bool isElement)
    {
        Grow(ref _objects, _objectCount + 1);
        Grow(ref _heads, _headCount + (2 * path.Count));
        _objects[_objectCount] = new Object { Heads = _headCount, Next = None, IsElement = isElement };
        _heads.AsSpan(_headCount, 2 * path.Count).Fill(None);
        _headCount += 2 * path.Count;
        return _objectCount++;
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, 2 * array.Length));
        }
    }

    private struct Leaf
    {
        public JsonTokenType Kind;
        public bool IsCopied;
        public int Start;
        public int Length;
        public int Next;
        public decimal Number;
    }

    private struct Object
    {
        public int Heads;
        public int Next;
        public bool IsElement;
    }
}
