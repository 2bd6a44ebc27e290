using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Writes the values of a field as the serializer does: with the converter and number handling of the member, of its type, or of the
/// options.
/// </summary>
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

    /// <summary>Determines whether built-in converters write a field, so that the JSON of each value is known.</summary>
    public bool AreKnown(PayloadField field) => field.Converter is { } own
        ? IsBuiltIn(own) && Nullable.GetUnderlyingType(field.Type) is null // The converter of a nullable type may wrap another one.
        : IsBuiltIn(typeInfoOf(field.Type).Converter) && IsBuiltIn(typeInfoOf(field.PlainType).Converter);

    /// <summary>Determines whether a field is written without a custom converter, so that its members are known.</summary>
    public bool IsObject(PayloadField field) => field.Converter is null && IsBuiltIn(typeInfoOf(field.Type).Converter);

    /// <summary>Determines whether equal values are written alike.</summary>
    public static bool AreWrittenAlike(PayloadField field) =>
        PlainTypes.HasEquality(field.PlainType) && !(field.PlainType == typeof(decimal) && field.NumberHandling.HasFlag(AsText));

    /// <summary>Determines whether null is written as the JSON literal null.</summary>
    public bool HasNull(PayloadField field) =>
        AreKnown(field) || JsonSerializer.SerializeToElement(value: null, WriterOf(field)).ValueKind == JsonValueKind.Null;

    /// <summary>Determines whether all values of a field are JSON numbers, except those of <see cref="AreNamed"/>.</summary>
    public bool AreNumbers(PayloadField field) => AreKnown(field)
        && (PlainTypes.IsNumber(field.PlainType)
            ? !field.NumberHandling.HasFlag(AsText)
            : field.PlainType.IsEnum && NamesOf(field).All(static json => json[0] != '"'));

    /// <summary>Writes all named values of an enum.</summary>
    public IEnumerable<string> NamesOf(PayloadField field) =>
        Enum.GetValuesAsUnderlyingType(field.PlainType)
            .Cast<object>()
            .Select(value => Serialize(field, Enum.ToObject(field.PlainType, value)).GetRawText());

    /// <summary>Determines whether NaN and the infinities are written as strings.</summary>
    public static bool AreNamed(PayloadField field) =>
        PlainTypes.IsFloat(field.PlainType) && field.NumberHandling.HasFlag(JsonNumberHandling.AllowNamedFloatingPointLiterals);

    /// <summary>Writes a value other than null as it appears in the field: as a string, a number, true or false.</summary>
    /// <exception cref="UnknownPartException">A pattern cannot contain the value.</exception>
    public string Write(PayloadField field, object value)
    {
        try
        {
            var json = Serialize(field, value);
            var text = json.ValueKind switch
            {
                JsonValueKind.String => FieldOption.Quote(json.GetString()!),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => json.GetRawText(),
                _ => throw Refuse(field, value, $"is written as {json.ValueKind}, which a pattern cannot contain"),
            };
            return ReadsBack(field, value, json)
                ? text
                : throw Refuse(field, value, $"is written as {Excerpt.Of(text)}, but not read back as the same value");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException
            or InvalidCastException or FormatException)
        {
            throw new UnknownPartException($"The serializer cannot write {Describe(field, value)}: {Failures.MessageOf(e)}", e);
        }
    }

    // A value that is not read back as it was written is ambiguous. An example is two names of an enum that become one under a naming
    // policy.
    private bool ReadsBack(PayloadField field, object value, JsonElement json) =>
        (value is not (string or char) || IsUnicode(value.ToString()!))
        && ((AreKnown(field) && !field.PlainType.IsEnum) || value.Equals(JsonSerializer.Deserialize(json, WriterOf(field))));

    private JsonElement Serialize(PayloadField field, object value) => JsonSerializer.SerializeToElement(value, WriterOf(field));

    private JsonTypeInfo WriterOf(PayloadField field)
    {
        // A converter on the member and the first converter of the options have the same effect.
        var writer = field.Converter is null && field.NumberHandling == options.NumberHandling
            ? options
            : _writers.GetOrAdd((field.Converter, field.NumberHandling), CreateWriter);
        return writer.GetTypeInfo(field.Type);
    }

    private JsonSerializerOptions CreateWriter((JsonConverter? Converter, JsonNumberHandling Handling) how)
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
