using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>What members are called in JSON, and what they are when they are not in it. What the serializer writes otherwise than an object with its members is refused.</summary>
internal sealed class JsonNames
{
    private static readonly ConditionalWeakTable<JsonSerializerOptions, JsonNames> Known = [];

    private readonly JsonSerializerOptions _options;
    private readonly ConcurrentDictionary<Type, object?> _empty = new();
    private readonly Lazy<JsonSerializerOptions> _lenient;

    private JsonNames(JsonSerializerOptions options)
    {
        _options = options;
        _lenient = new(MakeLenient);
        Values = new JsonValues(options, TypeInfoOf);
    }

    /// <summary>Gets how values are written.</summary>
    public JsonValues Values { get; }

    /// <exception cref="NotSupportedException">The serializer writes references between objects.</exception>
    public static JsonNames Of(JsonSerializerOptions options) => options.ReferenceHandler is null || options.ReferenceHandler == ReferenceHandler.IgnoreCycles
        ? Known.GetValue(options, static options => new JsonNames(options))
        : throw new NotSupportedException($"A lambda is about members, but with the {nameof(JsonSerializerOptions.ReferenceHandler)} of the serializer objects may be references to others. Use Matching with a pattern.");

    /// <summary>Gets the member of a field.</summary>
    /// <exception cref="UnknownPartException">The serializer does not write it, or in a way that nobody knows.</exception>
    public PayloadField MemberOf(PayloadField field, MemberInfo member)
    {
        var owner = TypeInfoOf(field.PlainType);
        if (!Values.IsObject(field) || owner.Kind != JsonTypeInfoKind.Object || Find(owner, member) is not { } property || !IsWritten(property))
        {
            throw new UnknownPartException($"'{member.Name}' of {field.PlainType} is not among what is serialized.");
        }

        ThrowIfUnknown(owner, property, member);
        var mayBeLeftOut = field.MayBeLeftOut || MayBeLeftOut(property);
        return new PayloadField(field.Name.Append(property.Name), property.PropertyType)
        {
            Converter = property.CustomConverter,
            NumberHandling = property.NumberHandling ?? owner.NumberHandling ?? TypeInfoOf(property.PropertyType).NumberHandling ?? _options.NumberHandling,
            MayBeLeftOut = mayBeLeftOut,
            IsAddedTo = field.IsAddedTo || (property.ObjectCreationHandling ?? owner.PreferredPropertyObjectCreationHandling ?? _options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate,
            WhenAbsent = WhenAbsent(field, owner, property, mayBeLeftOut),
        };
    }

    /// <summary>Gets the elements of a collection, as one call asks about them.</summary>
    /// <returns>The field; <see langword="null"/> where the serializer writes no JSON array of such elements.</returns>
    /// <exception cref="UnknownPartException">The collection may have elements that are not in the JSON.</exception>
    public PayloadField? ElementOf(PayloadField collection, Type element, int call)
    {
        if ((collection.MayBeLeftOut || collection.IsAddedTo) && collection.WhenAbsent?.All(static value => value is not IEnumerable all || !all.Cast<object?>().Any()) != true)
        {
            throw new UnknownPartException($"'{collection.Name}' may be left out, or added to, and is not empty, or not known, before");
        }

        var info = TypeInfoOf(collection.PlainType);
        return collection.Converter is null && info.Kind == JsonTypeInfoKind.Enumerable && info.ElementType == element
            && TypeInfoOf(element).Kind is JsonTypeInfoKind.None or JsonTypeInfoKind.Object
            ? new PayloadField(collection.Name.Enter(call), element) { NumberHandling = collection.NumberHandling }
            : null;
    }

    private JsonTypeInfo TypeInfoOf(Type type)
    {
        try
        {
            return _options.GetTypeInfo(type);
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new UnknownPartException($"How {type} is serialized is not known: {Failures.MessageOf(e)}", e);
        }
    }

    private static JsonPropertyInfo? Find(JsonTypeInfo owner, MemberInfo member) => owner.Properties.FirstOrDefault(property => property.AttributeProvider is MemberInfo of && IsSame(of, member));

    // A lambda names the member where it was declared first, the serializer where it was overridden last.
    private static bool IsSame(MemberInfo one, MemberInfo other) => (one.HasSameMetadataDefinitionAs(other) && one.DeclaringType == other.DeclaringType)
        || (one is PropertyInfo { GetMethod: { } get } && other is PropertyInfo { GetMethod: { } asked } && IsSameMethod(get.GetBaseDefinition(), asked.GetBaseDefinition()));

    private static bool IsSameMethod(MethodInfo one, MethodInfo other) => one.HasSameMetadataDefinitionAs(other) && one.DeclaringType == other.DeclaringType;

    private bool IsWritten(JsonPropertyInfo property) => property is { Get: not null, IsExtensionData: false }
        && (property.Set is not null || !(property.AttributeProvider is FieldInfo ? _options.IgnoreReadOnlyFields : _options.IgnoreReadOnlyProperties));

    private static bool IsRead(JsonPropertyInfo property, MemberInfo member) => property.Set is not null || property.AssociatedParameter is not null
        || member is PropertyInfo { CanWrite: false, GetMethod: { } get } && !get.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    // What is computed from other members needs not be read; but what is stored, and not read, has another value for those who read it.
    private void ThrowIfUnknown(JsonTypeInfo owner, JsonPropertyInfo property, MemberInfo member)
    {
        if (!IsRead(property, member))
        {
            throw new UnknownPartException($"'{member.Name}' of {owner.Type} is written, but not read back: give it a public setter, a constructor parameter, or [JsonInclude].");
        }

        if (property.Name.Length == 0 || property.Name is "$or" || property.Name.Contains(FieldName.Separator, StringComparison.Ordinal) || !JsonValues.IsUnicode(property.Name))
        {
            throw new UnknownPartException($"'{member.Name}' of {owner.Type} is called '{Excerpt.Of(property.Name)}' in JSON, which no pattern names.");
        }

        foreach (var derived in owner.PolymorphismOptions?.DerivedTypes ?? [])
        {
            var type = TypeInfoOf(derived.DerivedType);
            if (type.NumberHandling != owner.NumberHandling || Find(type, member) is not { } same || same.Name != property.Name || same.PropertyType != property.PropertyType
                || same.CustomConverter?.GetType() != property.CustomConverter?.GetType() || same.NumberHandling != property.NumberHandling || !IsWritten(same))
            {
                throw new UnknownPartException($"'{member.Name}' of {owner.Type} is written otherwise for {derived.DerivedType}.");
            }
        }
    }

    private bool MayBeLeftOut(JsonPropertyInfo property) => property.ShouldSerialize is not null || _options.DefaultIgnoreCondition switch
    {
        JsonIgnoreCondition.Never => false,
        JsonIgnoreCondition.WhenWritingNull => !property.PropertyType.IsValueType || Nullable.GetUnderlyingType(property.PropertyType) is not null,
        _ => true,
    };

    private object?[]? WhenAbsent(PayloadField field, JsonTypeInfo owner, JsonPropertyInfo property, bool mayBeLeftOut)
    {
        var unset = ClosureValues.DefaultOf(property.PropertyType);
        if (property.Set is null && property.AssociatedParameter is null)
        {
            // It is computed, so it was left out for being this.
            return [unset];
        }

        var empty = owner.PolymorphismOptions is null ? _empty.GetOrAdd(owner.Type, MakeEmpty) : null;
        if (empty is null || (mayBeLeftOut && field.IsAddedTo) || (field is { MayBeLeftOut: true, WhenAbsent: null }))
        {
            return mayBeLeftOut ? null : [property.AssociatedParameter is { HasDefaultValue: true } parameter ? parameter.DefaultValue : unset];
        }

        // Where the object that it is a member of is left out, it is what that one has.
        var above = field.MayBeLeftOut ? field.WhenAbsent!.OfType<object>() : [];
        return [property.Get!(empty), .. above.Select(property.Get!)];
    }

    // What is read where nothing is written: initializers, default values of parameters, and defaults.
    private object? MakeEmpty(Type type)
    {
        try
        {
            return JsonSerializer.Deserialize("{}"u8, _lenient.Value.GetTypeInfo(type));
        }
        catch (Exception)
        {
            // A constructor of the payload that needs its values may throw whatever it likes.
            return null;
        }
    }

    private JsonSerializerOptions MakeLenient() => new(_options)
    {
        RespectNullableAnnotations = false,
        RespectRequiredConstructorParameters = false,
        TypeInfoResolver = _options.TypeInfoResolver?.WithAddedModifier(static info =>
        {
            foreach (var property in info.Kind == JsonTypeInfoKind.Object ? info.Properties : [])
            {
                property.IsRequired = false;
            }
        }),
    };
}
