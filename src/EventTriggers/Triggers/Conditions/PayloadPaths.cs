using System.Text.Json;

namespace EventTriggers.Triggers.Conditions;

/// <summary>
/// Finds several places of a payload in one pass. If an object has a name twice, the last one counts, as it does for a deserializer. Once
/// all places are added, several threads may search at once.
/// </summary>
/// <param name="intoArrays">Whether a name is looked up in each element of an array; otherwise elements have places of their own.</param>
internal sealed class PayloadPaths(bool intoArrays)
{
    private readonly Node _root = new(0);
    private int _count = 1;

    /// <summary>Adds a place.</summary>
    /// <param name="steps">The names (<see cref="string"/>) and elements (<see cref="int"/>) that lead to the place.</param>
    /// <returns>The number of the place. Equal steps give the same number.</returns>
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

    /// <summary>Finds the values at the places.</summary>
    /// <param name="json">The payload.</param>
    /// <returns>The values in the order of the payload. A place without a value is left out.</returns>
    /// <exception cref="JsonException">The payload is not exactly one JSON value, or it is deeper than 64 levels.</exception>
    public IEnumerable<PayloadPlace> Find(ReadOnlySpan<byte> json)
    {
        var search = new PayloadSearch(_count);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        Visit(ref reader, _root, search);
        while (reader.Read())
        {
            // Nothing may follow the value.
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
