using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers.Serialization;

/// <summary>Describes how a serializer writes a payload type, according to its metadata.</summary>
/// <param name="IsPlain">
/// Whether System.Text.Json itself writes only members, collections and plain values. The JSON is then valid and need not be checked.
/// </param>
/// <param name="WritesAnyDerived">Whether a value of any derived type, given as this type, is written with all its members.</param>
/// <param name="Derived">The derived types whose values, given as this type, are written with all their members.</param>
internal sealed record PayloadContract(bool IsPlain, bool WritesAnyDerived, IReadOnlyCollection<Type> Derived)
{
    private static readonly PayloadContract Unknown = new(IsPlain: false, WritesAnyDerived: false, []);

    public static PayloadContract From(Type type, JsonSerializerOptions? options)
    {
        try
        {
            return options?.GetTypeInfo(type) is { } info
                ? new PayloadContract(IsPlainType(info, options, []), WritesAny(info), DerivedOf(info))
                : Unknown;
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            // The serializer reports the reason when it writes the first payload.
            return Unknown;
        }
    }

    /// <summary>Tells whether a value of a derived type, given as this type, is written with all its members.</summary>
    public bool Writes(Type derived) => WritesAnyDerived || Derived.Contains(derived);

    // An object is written with the members of its declared type, unless that names its derived types. A payload declared as object has
    // lost its type, and with it the wire name.
    private static bool WritesAny(JsonTypeInfo info) => info.PolymorphismOptions is null && info.Kind switch
    {
        JsonTypeInfoKind.Object => false,
        JsonTypeInfoKind.None => info.Type != typeof(object),
        _ => true,
    };

    // Not the types for which it falls back to a base: those would be written with the members of that base.
    private static Type[] DerivedOf(JsonTypeInfo info) =>
        info.PolymorphismOptions is { } polymorphism ? [.. polymorphism.DerivedTypes.Select(static derived => derived.DerivedType)] : [];

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
