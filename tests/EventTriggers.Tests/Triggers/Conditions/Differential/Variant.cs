using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Tests.Triggers.Conditions.Differential;

/// <summary>A way to serialize payloads.</summary>
internal sealed record Variant(string Name, JsonSerializerOptions Options)
{
    public static readonly Variant[] All =
    [
        new("web", JsonSerializerOptions.Web),
        Make(
            "read strictly",
            new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
                AllowDuplicateProperties = false }),
        Make("pascal", new()),
        Make("enums as strings", new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } }),
        Make(
            "enums in kebab case", new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(
                JsonNamingPolicy.KebabCaseUpper) } }),
        Make(
            "snake case without nulls",
            new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull }),
        Make("without defaults", new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault }),
        Make(
            "numbers as strings",
            new(JsonSerializerDefaults.Web)
            {
                NumberHandling = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString,
            }),
        Make("named floats", new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals }),
        Make("all as strings without defaults", new()
        {
            NumberHandling = JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString
                | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, Converters = { new JsonStringEnumConverter() },
        }),
        Make(
            "converters of the options",
            new(JsonSerializerDefaults.Web) { Converters = { new TenfoldConverter(), new YesNoConverter(),
                new JsonStringEnumConverter<Color>() } }),
        Make(
            "fields, without what is only read", new(JsonSerializerDefaults.Web) { IncludeFields = true, IgnoreReadOnlyProperties = true }),
        Make(
            "added to what is there",
            new(JsonSerializerDefaults.Web) { PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate }),
        Make(
            "added to what is there, without defaults",
            new() { PreferredObjectCreationHandling = JsonObjectCreationHandling.Populate,
                DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault }),
        Make(
            "escaped little",
            new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals }),
        new("generated", FactsContext.Default.Options),
        new("generated, with web defaults", new(JsonSerializerDefaults.Web) { TypeInfoResolver = FactsContext.Default }),
    ];

    public override string ToString() => Name;

    private static Variant Make(string name, JsonSerializerOptions options)
    {
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver();
        return new(name, options);
    }
}
