using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>What a serializer's metadata tell of how a payload type is written.</summary>
/// <param name="IsWhole">Whether a value of a derived type, given as this type, is written with all that it holds.</param>
/// <param name="IsPlain">
/// Whether nothing but members, collections and plain values is written, by System.Text.Json itself. Then the JSON is as it must be, and
/// need not be read once more.
/// </param>
internal sealed record PayloadContract(bool IsWhole, bool IsPlain)
{
    private static readonly PayloadContract Unknown = new(IsWhole: false, IsPlain: false);

    public static PayloadContract Of(Type type, JsonSerializerOptions? options)
    {
        try
        {
            return options?.GetTypeInfo(type) is { } info ? new PayloadContract(IsWritten(info), IsPlainType(info, options, [])) : Unknown;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            // The serializer says why when it writes the first payload.
            return Unknown;
        }
    }

    // An object without polymorphism is written as its declared type knows it. For object itself its type is lost, and with it the wire name.
    private static bool IsWritten(JsonTypeInfo info) => info.PolymorphismOptions is not null || info.Kind switch
    {
        JsonTypeInfoKind.Object => false,
        JsonTypeInfoKind.None => info.Type != typeof(object),
        _ => true,
    };

    private static bool IsPlainType(JsonTypeInfo info, JsonSerializerOptions options, HashSet<Type> seen) => !seen.Add(info.Type) || info.Kind switch
    {
        JsonTypeInfoKind.None => IsPlainValue(info),
        JsonTypeInfoKind.Enumerable => info.ElementType is { } element && IsPlainType(options.GetTypeInfo(element), options, seen),
        JsonTypeInfoKind.Object => info.Properties.All(property => IsPlainMember(property, options, seen)) && (info.PolymorphismOptions is null
            || info.PolymorphismOptions.DerivedTypes.All(derived => IsPlainType(options.GetTypeInfo(derived.DerivedType), options, seen))),

        // Keys that are no Unicode become one, and a dictionary of the host's own may have a key twice.
        _ => false,
    };

    private static bool IsPlainMember(JsonPropertyInfo property, JsonSerializerOptions options, HashSet<Type> seen) =>
        property is { IsExtensionData: false, CustomConverter: null } && IsPlainType(options.GetTypeInfo(property.PropertyType), options, seen);

    // What a converter of the host's writes is its own; so is JSON that the payload brings.
    private static bool IsPlainValue(JsonTypeInfo info) =>
        info.Converter.GetType().Assembly == typeof(JsonSerializer).Assembly
        && info.Type != typeof(object) && info.Type != typeof(JsonElement) && info.Type != typeof(JsonDocument) && !info.Type.IsAssignableTo(typeof(JsonNode));
}
