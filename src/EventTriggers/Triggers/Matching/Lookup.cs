using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EventTriggers;

/// <summary>One value of one field: where triggers are kept that ask for it, when there are too many to hold them in memory.</summary>
/// <param name="Field">The names that lead to the field, as a JSON pointer.</param>
/// <param name="Value">The value: the same for each way to write it.</param>
internal sealed record Lookup(string Field, string Value)
{
    private const char Separator = '/';

    /// <summary>Gets the fields of which a pattern asks for exactly one value.</summary>
    public static IReadOnlyList<Lookup> Of(EventPattern? pattern) => pattern?.Conditions is [var only] ? [.. Of(only, string.Empty)] : [];

    /// <summary>Writes names as a JSON pointer.</summary>
    public static string PointerOf(IEnumerable<string> names) => names.Aggregate(string.Empty, Append);

    /// <summary>Reads the values that an event has at some fields, in arrays too.</summary>
    public static HashSet<Lookup> Read(ReadOnlySpan<byte> json, IReadOnlyCollection<string> fields)
    {
        var found = new HashSet<Lookup>();
        foreach (var field in fields)
        {
            var names = field.Split(Separator).Skip(1).Select(Unescape).ToArray();
            var reader = new Utf8JsonReader(json);
            reader.Read();
            Read(ref reader, names.AsSpan(), field, found);
        }

        return found;
    }

    /// <summary>Names the value of an event type for a key.</summary>
    public string KeyFor(string type) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{type}\n{Field}\n{Value}")).AsSpan(0, 16));

    private static IEnumerable<Lookup> Of(Condition condition, string path) => condition.Fields
        .Where(static field => field is { MayBeAbsent: false, Tests.Length: 1 })
        .Select(field => (field.Name, Value: ValueOf(field.Tests[0])))
        .Where(static field => field.Value is not null)
        .Select(field => new Lookup(Append(path, field.Name), field.Value!))
        .Concat(condition.Children.SelectMany(child => Of(child.Value, Append(path, child.Key))));

    private static string? ValueOf(ValueTest test) => test switch
    {
        TextTest text => TextValue(Encoding.UTF8.GetString(text.Text)),
        NumberTest number => NumberValue(number.Number),
        _ => null,
    };

    private static string TextValue(string text) => $"\"{text}";

    // 1.0 and 1 are the same.
    private static string NumberValue(decimal number) => (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);

    private static string Append(string path, string name) =>
        $"{path}{Separator}{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    private static string Unescape(string name) => name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    // What is no Unicode is no value that anybody asks for.
    private static string? TryGetText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static void Read(ref Utf8JsonReader reader, ReadOnlySpan<string> names, string field, HashSet<Lookup> found)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Read(ref reader, names, field, found);
                }

                break;
            case JsonTokenType.StartObject when names.Length > 0:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var isNamed = reader.ValueTextEquals(names[0]);
                    reader.Read();
                    if (isNamed)
                    {
                        Read(ref reader, names[1..], field, found);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }

                break;
            case JsonTokenType.StartObject:
                reader.Skip();
                break;
            case JsonTokenType.String when names.Length == 0 && TryGetText(ref reader) is { } text:
                found.Add(new Lookup(field, TextValue(text)));
                break;
            case JsonTokenType.Number when names.Length == 0 && reader.TryGetDecimal(out _):
                found.Add(new Lookup(field, NumberValue(JsonNumber.Of(ref reader))));
                break;
        }
    }
}
