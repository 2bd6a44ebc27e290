using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Places in a payload, found together in one pass. Of a name that an object has twice the last counts, as for whoever deserializes it. It does not change once it is made, and
/// may be used by several threads at once.
/// </summary>
/// <param name="intoArrays">Whether a name is looked for in each element of an array; otherwise elements have places of their own.</param>
internal sealed class PayloadPaths(bool intoArrays)
{
    private readonly Node _root = new(0);
    private int _count = 1;

    /// <summary>Adds a place.</summary>
    /// <param name="steps">Names (<see cref="string"/>) and elements (<see cref="int"/>) on the way.</param>
    /// <returns>Its number; the same for the same place.</returns>
    public int Add(IEnumerable<object> steps)
    {
        var node = _root;
        foreach (var step in steps)
        {
            node = step is int element ? GetOrAdd(node.Elements, element) : GetOrAdd(node.Names, PayloadText.NameOf((string)step));
        }

        node.IsWanted = true;
        return node.Number;
    }

    /// <summary>Finds what stands at the places.</summary>
    /// <param name="json">The payload.</param>
    /// <returns>What was found, in the order of the payload: where nothing is there, nothing.</returns>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public IEnumerable<PayloadPlace> Find(ReadOnlySpan<byte> json)
    {
        var search = new PayloadSearch(_count);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Visit(ref reader, _root, search);
        while (reader.Read())
        {
            // Nothing may follow.
        }

        return search.Found.Where(static place => place.Number >= 0);
    }

    private Node GetOrAdd<TKey>(Dictionary<TKey, Node> nodes, TKey key)
        where TKey : notnull
    {
        if (!nodes.TryGetValue(key, out var node))
        {
            node = new Node(_count++);
            nodes.Add(key, node);
        }

        return node;
    }

    private void Visit(ref Utf8JsonReader reader, Node node, PayloadSearch search)
    {
        var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
        switch (kind)
        {
            case JsonTokenType.StartObject when node.Names.Count > 0:
                VisitObject(ref reader, node, search);
                break;
            case JsonTokenType.StartArray when intoArrays || node.Elements.Count > 0:
                VisitArray(ref reader, node, search);
                break;
            default:
                reader.Skip();
                break;
        }

        if (node.IsWanted && !(intoArrays && kind is JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            search.Found.Add(new PayloadPlace(node.Number, kind, start, (int)reader.BytesConsumed - start));
        }
    }

    private void VisitObject(ref Utf8JsonReader reader, Node node, PayloadSearch search)
    {
        var number = ++search.Objects;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isKnown = PayloadText.TryFind(node.Names, in reader, out var child);
            reader.Read();
            if (!isKnown)
            {
                reader.Skip();
                continue;
            }

            search.Begin(child!.Number, number);
            Visit(ref reader, child, search);
            search.End(child.Number);
        }
    }

    private void VisitArray(ref Utf8JsonReader reader, Node node, PayloadSearch search)
    {
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (intoArrays)
            {
                Visit(ref reader, node, search);
            }
            else if (node.Elements.TryGetValue(i, out var element))
            {
                Visit(ref reader, element, search);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private sealed class Node(int number)
    {
        public int Number => number;

        public bool IsWanted { get; set; }

        public Dictionary<byte[], Node> Names { get; } = PayloadText.NewNames<Node>();

        public Dictionary<int, Node> Elements { get; } = [];
    }
}
