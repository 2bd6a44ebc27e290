using System.Text.Json;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>Reads the values that payloads have in some fields. One pass over a payload finds all of them, in arrays as well.</summary>
internal sealed class FieldValueReader
{
    private readonly PayloadPaths _paths = new(intoArrays: true);
    private readonly Dictionary<int, string> _fields = [];

    /// <param name="fields">JSON pointers.</param>
    /// <exception cref="ArgumentException">One of them is not a JSON pointer.</exception>
    public FieldValueReader(IEnumerable<string> fields)
    {
        foreach (var field in fields)
        {
            _fields[_paths.Add(JsonPointer.ToNames(field))] = field;
        }
    }

    /// <summary>Reads the values of all fields, in the order of the payload.</summary>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public IEnumerable<FieldValueKey> Read(ReadOnlyMemory<byte> json) =>
        Find(json).Select(place => FieldValueKey.Find(_fields[place.Number], json.Span, place)).OfType<FieldValueKey>();

    /// <summary>Reads the first value of each field that has one.</summary>
    /// <exception cref="JsonException">The payload is not one JSON value, or deeper than 64 levels.</exception>
    public Dictionary<string, FieldValueKey> ReadFirst(ReadOnlyMemory<byte> json)
    {
        var first = new Dictionary<string, FieldValueKey>(StringComparer.Ordinal);
        foreach (var place in Find(json))
        {
            var field = _fields[place.Number];
            if (!first.ContainsKey(field) && FieldValueKey.Find(field, json.Span, place) is { } value)
            {
                first.Add(field, value);
            }
        }

        return first;
    }

    private IEnumerable<PayloadPlace> Find(ReadOnlyMemory<byte> json) => _fields.Count == 0 ? [] : _paths.Find(json.Span);
}
