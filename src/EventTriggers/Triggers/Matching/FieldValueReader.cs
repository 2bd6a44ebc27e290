using System.Text.Json;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>Fields by whose values something is kept. All of them are found in one pass over a payload; in arrays, too.</summary>
internal sealed class FieldValueReader
{
    private readonly PayloadPaths _paths = new(intoArrays: true);
    private readonly Dictionary<int, string> _fields = [];

    /// <param name="fields">JSON pointers.</param>
    /// <exception cref="ArgumentException">One of them is none.</exception>
    public FieldValueReader(IEnumerable<string> fields)
    {
        foreach (var field in fields)
        {
            _fields[_paths.Add(FieldValue.NamesOf(field))] = field;
        }
    }

    /// <summary>Reads the values that an event has there, in the order of the payload.</summary>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public IEnumerable<FieldValue> Read(ReadOnlyMemory<byte> json) =>
        Find(json).Select(place => FieldValue.At(_fields[place.Number], json.Span, place)).OfType<FieldValue>();

    /// <summary>Reads the first value that an event has at each field, where it has one.</summary>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public Dictionary<string, FieldValue> ReadFirst(ReadOnlyMemory<byte> json)
    {
        var first = new Dictionary<string, FieldValue>(StringComparer.Ordinal);
        foreach (var place in Find(json))
        {
            var field = _fields[place.Number];
            if (!first.ContainsKey(field) && FieldValue.At(field, json.Span, place) is { } value)
            {
                first.Add(field, value);
            }
        }

        return first;
    }

    private IEnumerable<PayloadPlace> Find(ReadOnlyMemory<byte> json) => _fields.Count == 0 ? [] : _paths.Find(json.Span);
}
