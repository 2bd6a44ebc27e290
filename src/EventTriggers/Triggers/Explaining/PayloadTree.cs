using System.Text;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Explaining;

/// <summary>
/// A payload as a tree, of which explanations tell paths and elements. Values, texts and names are read as matching reads them.
/// </summary>
internal sealed class PayloadTree
{
    /// <summary>The maximum number of characters of a value that an explanation quotes.</summary>
    public const int MaxQuoted = 200;

    // A text is escaped to at most six characters for each of its bytes; quoting needs the beginning only.
    private const int MaxDecoded = 6 * MaxQuoted;

    private readonly ReadOnlyMemory<byte> _json;
    private readonly Dictionary<byte[], bool> _names;
    private readonly ProjectedValues _values = new();

    /// <param name="json">The payload.</param>
    /// <param name="names">The names of members that are of interest; other members are left out.</param>
    /// <exception cref="JsonException">The payload is not exactly one JSON value, or it is deeper than 64 levels.</exception>
    public PayloadTree(ReadOnlyMemory<byte> json, IEnumerable<string> names)
    {
        _json = json;
        _names = PayloadText.NewNames<bool>();
        foreach (var name in names)
        {
            _names[PayloadText.NameOf(name)] = true;
        }

        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        Root = Read(ref reader);
        while (reader.Read())
        {
            // Nothing may follow the value.
        }
    }

    public PayloadNode Root { get; }

    /// <summary>Gets a value that contains no others, as tests compare it.</summary>
    public JsonLeaf LeafOf(PayloadNode node) => _values.LeafAt(_json.Span, node.Leaf);

    /// <summary>Quotes a value.</summary>
    public string Quote(PayloadNode node) =>
        Excerpt.Of(Encoding.UTF8.GetString(_json.Span.Slice(node.Start, Math.Min(node.Length, MaxDecoded))), MaxQuoted);

    private PayloadNode Read(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        var node = reader.TokenType switch
        {
            JsonTokenType.StartObject => new PayloadNode(JsonTokenType.StartObject, leaf: -1) { Members = ReadMembers(ref reader) },
            JsonTokenType.StartArray => new PayloadNode(JsonTokenType.StartArray, leaf: -1) { Elements = ReadElements(ref reader) },
            _ => new PayloadNode(reader.TokenType, _values.Add(ref reader, next: -1)),
        };
        (node.Start, node.Length) = (start, (int)reader.BytesConsumed - start);
        return node;
    }

    // If the object has a name twice, the last one counts.
    private Dictionary<byte[], PayloadNode> ReadMembers(ref Utf8JsonReader reader)
    {
        var members = PayloadText.NewNames<PayloadNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = NameAt(ref reader);
            reader.Read();
            if (name is null)
            {
                reader.Skip();
            }
            else
            {
                members[name] = Read(ref reader);
            }
        }

        return members;
    }

    private List<PayloadNode> ReadElements(ref Utf8JsonReader reader)
    {
        var elements = new List<PayloadNode>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            elements.Add(Read(ref reader));
        }

        return elements;
    }

    // The name at which the reader stands, if it is of interest.
    private byte[]? NameAt(ref Utf8JsonReader reader)
    {
        if (!PayloadText.TryFind(_names, in reader, out _))
        {
            return null;
        }

        var name = new byte[reader.ValueSpan.Length];
        return name[..reader.CopyString(name)];
    }
}
