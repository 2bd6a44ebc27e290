using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>How the serializer writes the values of a field: by its own converter and number handling, those of its type, and those of the options.</summary>
internal sealed class JsonValues(JsonSerializerOptions options, Func<Type, JsonTypeInfo> typeInfoOf)
{
    private const JsonNumberHandling AsText = JsonNumberHandling.WriteAsString;

    private readonly ConcurrentDictionary<(JsonConverter?, JsonNumberHandling), JsonSerializerOptions> _writers = new();

    public static bool IsUnicode(string text)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }

    /// <summary>Tells whether the serializer's own converters write a field, so that what they write is known for each value.</summary>
    public bool AreKnown(PayloadField field) => field.Converter is { } own
        ? IsBuiltIn(own) && Nullable.GetUnderlyingType(field.Type) is null // Of a nullable it may hide another.
        : IsBuiltIn(typeInfoOf(field.Type).Converter) && IsBuiltIn(typeInfoOf(field.PlainType).Converter);

    /// <summary>Tells whether no converter of the program writes a field, whose members are known then.</summary>
    public bool IsObject(PayloadField field) => field.Converter is null && IsBuiltIn(typeInfoOf(field.Type).Converter);

    /// <summary>Tells whether equal values are written alike.</summary>
    public static bool AreWrittenAlike(PayloadField field) =>
        PlainTypes.HasEquality(field.PlainType) && !(field.PlainType == typeof(decimal) && field.NumberHandling.HasFlag(AsText));

    /// <summary>Tells whether null, and nothing else, is written as null.</summary>
    public bool HasNull(PayloadField field) => AreKnown(field) || JsonSerializer.SerializeToElement(value: null, WriterOf(field)).ValueKind == JsonValueKind.Null;

    /// <summary>Tells whether all values of a field are JSON numbers, but for those that <see cref="AreNamed"/>.</summary>
    public bool AreNumbers(PayloadField field) => AreKnown(field)
        && (PlainTypes.IsNumber(field.PlainType) ? !field.NumberHandling.HasFlag(AsText) : field.PlainType.IsEnum && NamesOf(field).All(static json => json[0] != '"'));

    /// <summary>Writes all values of an enum that have names.</summary>
    public IEnumerable<string> NamesOf(PayloadField field) =>
        Enum.GetValuesAsUnderlyingType(field.PlainType).Cast<object>().Select(value => Serialize(field, Enum.ToObject(field.PlainType, value)).GetRawText());

    /// <summary>Tells whether NaN and the infinities are written as strings.</summary>
    public static bool AreNamed(PayloadField field) => PlainTypes.IsFloat(field.PlainType) && field.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals);

    /// <summary>Writes a value, not null, as it is found where the field has it: a string, a number, true or false.</summary>
    /// <exception cref="UnknownPartException">No pattern can name it.</exception>
    public string Write(PayloadField field, object value)
    {
        try
        {
            var json = Serialize(field, value);
            var text = json.ValueKind switch
            {
                JsonValueKind.String => FieldOption.Quote(json.GetString()!),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
                _ => throw Refuse(field, value, $"is written as {json.ValueKind}, which no pattern names"),
            };
            return ReadsBack(field, value, json) ? text : throw Refuse(field, value, $"is written as {Excerpt.Of(text)}, but not read back as the same");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or InvalidCastException or FormatException)
        {
            throw new UnknownPartException($"{Describe(field, value)} is not what the serializer can write: {Failures.MessageOf(e)}", e);
        }
    }

    // What reads otherwise than it writes, as two names of an enum that are one with the serializer's policy, is not told by what is written.
    private bool ReadsBack(PayloadField field, object value, JsonElement json) =>
        (value is not (string or char) || IsUnicode(value.ToString()!)) && ((AreKnown(field) && !field.PlainType.IsEnum) || value.Equals(JsonSerializer.Deserialize(json, WriterOf(field))));

    private JsonElement Serialize(PayloadField field, object value) => JsonSerializer.SerializeToElement(value, WriterOf(field));

    private JsonTypeInfo WriterOf(PayloadField field)
    {
        // Where a converter is, on the member or in front of all others, it is the one that counts.
        var writer = field.Converter is null && field.NumberHandling == options.NumberHandling ? options : _writers.GetOrAdd((field.Converter, field.NumberHandling), Make);
        return writer.GetTypeInfo(field.Type);
    }

    private JsonSerializerOptions Make((JsonConverter? Converter, JsonNumberHandling Handling) how)
    {
        var writer = new JsonSerializerOptions(options) { NumberHandling = how.Handling };
        if (how.Converter is not null)
        {
            writer.Converters.Insert(0, how.Converter);
        }

        return writer;
    }

    private static bool IsBuiltIn(JsonConverter converter) => converter.GetType().Assembly == typeof(JsonSerializer).Assembly;

    private static UnknownPartException Refuse(PayloadField field, object value, string why) => new($"{Describe(field, value)} {why}.");

    private static string Describe(PayloadField field, object value) =>
        string.Create(CultureInfo.InvariantCulture, $"'{Excerpt.Of(value.ToString())}' in '{field.Name}'");
}
