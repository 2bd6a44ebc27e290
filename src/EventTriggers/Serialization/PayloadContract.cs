using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>Describes how a serializer writes a payload type, according to its metadata.</summary>
/// <param name="IsWhole">Whether a value of a derived type, given as this type, is written with all its members.</param>
/// <param name="IsPlain">
/// Whether System.Text.Json itself writes only members, collections and plain values. The JSON is then valid and need not be checked.
/// </param>
internal sealed record PayloadContract(bool IsWhole, bool IsPlain)
{
    private static readonly PayloadContract Unknown = new(IsWhole: false, IsPlain: false);

    public static PayloadContract From(Type type, JsonSerializerOptions? options)
    {
        try
        {
            return options?.GetTypeInfo(type) is { } info
                ? new PayloadContract(IsWritten(info), IsPlainType(info, options, []))
                : Unknown;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            // The serializer reports the reason when it writes the first payload.
            return Unknown;
        }
    }

    // An object without polymorphism is written with the members of its declared type. A payload declared as object has lost its type, and
    // with it the wire name.
    private static bool IsWritten(JsonTypeInfo info) => info.PolymorphismOptions is not null || info.Kind switch
    {
        JsonTypeInfoKind.Object => false,
        JsonTypeInfoKind.None => info.Type != typeof(object),
        _ => true,
    };

    private static bool IsPlainType(JsonTypeInfo info, JsonSerializerOptions options, HashSet<Type> seen) =>
        !seen.Add(info.Type)
        || info.Kind switch
        {
            JsonTypeInfoKind.None => IsPlainValue(info),
            JsonTypeInfoKind.Enumerable => info.ElementType is { } element && IsPlainType(options.GetTypeInfo(element), options, seen),
            JsonTypeInfoKind.Object => IsPlainObject(info, options, seen),

            // Different invalid keys become the same key, and a custom dictionary may have a key twice.
            _ => false,
        };

    private static bool IsPlainObject(JsonTypeInfo info, JsonSerializerOptions options, HashSet<Type> seen) =>
        info.Properties.All(property => IsPlainMember(property, options, seen))
        && (info.PolymorphismOptions is null
            || info.PolymorphismOptions.DerivedTypes.All(derived => IsPlainType(options.GetTypeInfo(derived.DerivedType), options, seen)));

    private static bool IsPlainMember(JsonPropertyInfo property, JsonSerializerOptions options, HashSet<Type> seen) =>
        property is { IsExtensionData: false, CustomConverter: null }
        && IsPlainType(options.GetTypeInfo(property.PropertyType), options, seen);

    // A custom converter may write anything, and so may a payload that contains JSON.
    private static bool IsPlainValue(JsonTypeInfo info) =>
        info.Converter.GetType().Assembly == typeof(JsonSerializer).Assembly
        && info.Type != typeof(object)
        && info.Type != typeof(JsonElement)
        && info.Type != typeof(JsonDocument)
        && !info.Type.IsAssignableTo(typeof(JsonNode));
}
