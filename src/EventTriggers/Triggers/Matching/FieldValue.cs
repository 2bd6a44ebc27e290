using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>One value of one field: where triggers are kept that ask for it, when there are too many to hold them in memory.</summary>
/// <param name="Field">The names that lead to the field, as a JSON pointer.</param>
/// <param name="Value">The value: the same for each way to write it.</param>
internal sealed record FieldValue(string Field, string Value)
{
    private const char Separator = '/';

    /// <summary>Gets the fields of which a pattern asks for exactly one value.</summary>
    public static IReadOnlyList<FieldValue> Of(EventPattern? pattern) => pattern?.Conditions is [var only] ? [.. Of(only, string.Empty)] : [];

    /// <summary>Writes names as a JSON pointer.</summary>
    public static string PointerOf(IEnumerable<string> names) => names.Aggregate(string.Empty, Append);

    /// <summary>Reads the names of a JSON pointer.</summary>
    /// <exception cref="ArgumentException">It is none, or it names no field.</exception>
    public static IReadOnlyList<string> NamesOf(string pointer) => pointer.Length > 0 && pointer[0] == Separator
        ? [.. pointer.Split(Separator).Skip(1).Select(Unescape)]
        : throw new ArgumentException($"A field must be a JSON pointer such as /user/id, but is '{Excerpt.Of(pointer)}'.", nameof(pointer));

    /// <summary>Reads a value of a payload; <see langword="null"/> for what nobody asks for: neither a string of Unicode nor a number that a decimal holds.</summary>
    public static FieldValue? At(string field, ReadOnlySpan<byte> json, PayloadPlace place)
    {
        if (place.Kind is not (JsonTokenType.String or JsonTokenType.Number))
        {
            return null;
        }

        var reader = new Utf8JsonReader(json.Slice(place.Start, place.Length));
        reader.Read();
        var value = place.Kind == JsonTokenType.String ? (PayloadText.IsUnicode(in reader) ? TextValue(reader.GetString()!) : null)
            : reader.TryGetDecimal(out _) ? NumberValue(JsonNumber.Of(ref reader))
            : null;
        return value is null ? null : new FieldValue(field, value);
    }

    /// <summary>Names the value of an event type for a key.</summary>
    public string KeyFor(string type) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{type}\n{Field}\n{Value}")).AsSpan(0, 16));

    private static IEnumerable<FieldValue> Of(Conjunction condition, string path) => condition.Fields
        .Where(static field => field is { MayBeAbsent: false, Tests.Length: 1 })
        .Select(field => (field.Name, Value: ValueOf(field.Tests[0])))
        .Where(static field => field.Value is not null)
        .Select(field => new FieldValue(Append(path, field.Name), field.Value!))
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
}
