using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EventTriggers.Triggers.Conditions;

namespace EventTriggers.Triggers.Matching;

/// <summary>
/// One value of one field, as the name under which something is kept: triggers that ask for the value, or what a trigger knows of it.
/// </summary>
/// <param name="Field">The field, as a JSON pointer.</param>
/// <param name="Value">The value: the same for each way to write it.</param>
internal sealed record FieldValueKey(string Field, string Value)
{
    // Enough of a hash to tell values apart.
    private const int HashBytes = 16;

    /// <summary>Finds the fields of which a pattern asks for exactly one value.</summary>
    public static IReadOnlyList<FieldValueKey> FromPattern(EventPattern? pattern) =>
        pattern?.Conditions is [var only] ? [.. FromConjunction(only, string.Empty)] : [];

    /// <summary>Reads a value of a payload.</summary>
    /// <returns>
    /// The key; <see langword="null"/> for what no pattern asks for: neither a string of Unicode nor a number that a decimal holds.
    /// </returns>
    public static FieldValueKey? Find(string field, ReadOnlySpan<byte> json, PayloadPlace place)
    {
        if (place.Kind is not (JsonTokenType.String or JsonTokenType.Number))
        {
            return null;
        }

        var reader = new Utf8JsonReader(json.Slice(place.Start, place.Length));
        reader.Read();
        var value = place.Kind == JsonTokenType.String ? (PayloadText.IsUnicode(in reader) ? ToText(reader.GetString()!) : null)
            : reader.TryGetDecimal(out _) ? ToText(JsonNumber.Read(ref reader))
            : null;
        return value is null ? null : new FieldValueKey(field, value);
    }

    /// <summary>Makes the part of a Redis key that stands for the value of an event type.</summary>
    public string ToHash(string type) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{type}\n{Field}\n{Value}")).AsSpan(0, HashBytes));

    private static IEnumerable<FieldValueKey> FromConjunction(Conjunction condition, string path) => condition.Fields
        .Where(static field => field is { MayBeAbsent: false, Tests.Length: 1 })
        .Select(field => (field.Name, Value: FromTest(field.Tests[0])))
        .Where(static field => field.Value is not null)
        .Select(field => new FieldValueKey(JsonPointer.Append(path, field.Name), field.Value!))
        .Concat(condition.Children.SelectMany(child => FromConjunction(child.Value, JsonPointer.Append(path, child.Key))));

    private static string? FromTest(ValueTest test) => test switch
    {
        TextTest text => ToText(Encoding.UTF8.GetString(text.Text)),
        NumberTest number => ToText(number.Number),
        _ => null,
    };

    private static string ToText(string text) => $"\"{text}";

    // 1.0 and 1 are the same.
    private static string ToText(decimal number) => (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
}
