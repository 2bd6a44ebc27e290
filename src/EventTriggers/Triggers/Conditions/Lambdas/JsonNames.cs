using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Finds the names of members in JSON, and the values that members have if the JSON lacks them. It rejects a type that the serializer does
/// not write as an object with its members.
/// </summary>
internal sealed class JsonNames
{
    private static readonly ConditionalWeakTable<JsonSerializerOptions, JsonNames> Known = [];

    private readonly JsonSerializerOptions _options;
    private readonly ConcurrentDictionary<Type, object?> _empty = new();
    private readonly Lazy<JsonSerializerOptions> _lenient;

    private JsonNames(JsonSerializerOptions options)
    {
        _options = options;
        _lenient = new(CreateLenient);
        Values = new JsonValues(options, TypeInfoOf);
    }

    /// <summary>Gets the writer of values.</summary>
    public JsonValues Values { get; }

    /// <exception cref="NotSupportedException">The serializer writes references between objects.</exception>
    public static JsonNames For(JsonSerializerOptions options) =>
        options.ReferenceHandler is null || options.ReferenceHandler == ReferenceHandler.IgnoreCycles
            ? Known.GetValue(options, static options => new JsonNames(options))
            : throw new NotSupportedException(
                $"A lambda tests members, but with the {nameof(JsonSerializerOptions.ReferenceHandler)} of the serializer an object may be "
                + "written as a reference to another one. Use Matching with a pattern.");

    /// <summary>Gets the member of a field.</summary>
    /// <exception cref="UnknownPartException">The serializer does not write the member, or writes it in an unknown way.</exception>
    public PayloadField MemberOf(PayloadField field, MemberInfo member)
    {
        var owner = TypeInfoOf(field.PlainType);
        if (!Values.IsObject(field)
            || owner.Kind != JsonTypeInfoKind.Object
            || Find(owner, member) is not { } property
            || !IsWritten(property))
        {
            throw new UnknownPartException($"'{member.Name}' of {field.PlainType} is not serialized.");
        }

        ThrowIfUnknown(owner, property, member);
        var mayBeLeftOut = field.MayBeLeftOut || MayBeLeftOut(property);
        var creation = property.ObjectCreationHandling
            ?? owner.PreferredPropertyObjectCreationHandling
            ?? _options.PreferredObjectCreationHandling;
        return new PayloadField(field.Name.Append(property.Name), property.PropertyType)
        {
            Converter = property.CustomConverter,
            NumberHandling = property.NumberHandling
                ?? owner.NumberHandling
                ?? TypeInfoOf(property.PropertyType).NumberHandling
                ?? _options.NumberHandling,
            MayBeLeftOut = mayBeLeftOut,
            IsAddedTo = field.IsAddedTo || creation == JsonObjectCreationHandling.Populate,
            WhenAbsent = WhenAbsent(field, owner, property, mayBeLeftOut),
        };
    }

    /// <summary>Gets the elements of a collection, as one call tests them.</summary>
    /// <returns>The field; <see langword="null"/> if the serializer does not write a JSON array of such elements.</returns>
    /// <exception cref="UnknownPartException">The collection may have elements that are not in the JSON.</exception>
    public PayloadField? ElementOf(PayloadField collection, Type element, int call)
    {
        if ((collection.MayBeLeftOut || collection.IsAddedTo) && !IsEmptyWhenAbsent(collection))
        {
            throw new UnknownPartException($"'{collection.Name}' may have elements that are not in the JSON, from its initializer");
        }

        var info = TypeInfoOf(collection.PlainType);
        return collection.Converter is null && info.Kind == JsonTypeInfoKind.Enumerable && info.ElementType == element
            && TypeInfoOf(element).Kind is JsonTypeInfoKind.None or JsonTypeInfoKind.Object
            ? new PayloadField(collection.Name.Enter(call), element) { NumberHandling = collection.NumberHandling }
            : null;
    }

    private static bool IsEmptyWhenAbsent(PayloadField collection) =>
        collection.WhenAbsent?.All(static value => value is not IEnumerable all || !all.Cast<object?>().Any()) == true;

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

    private static JsonPropertyInfo? Find(JsonTypeInfo owner, MemberInfo member) =>
        owner.Properties.FirstOrDefault(property => property.AttributeProvider is MemberInfo of && IsSame(of, member));

    // A lambda names the first declaration of a member. The serializer names the last override.
    private static bool IsSame(MemberInfo one, MemberInfo other) =>
        (one.HasSameMetadataDefinitionAs(other) && one.DeclaringType == other.DeclaringType)
        || (one is PropertyInfo { GetMethod: { } get }
            && other is PropertyInfo { GetMethod: { } otherGet }
            && IsSameMethod(get.GetBaseDefinition(), otherGet.GetBaseDefinition()));

    private static bool IsSameMethod(MethodInfo one, MethodInfo other) =>
        one.HasSameMetadataDefinitionAs(other) && one.DeclaringType == other.DeclaringType;

    private bool IsWritten(JsonPropertyInfo property) => property is { Get: not null, IsExtensionData: false }
        && (property.Set is not null
            || !(property.AttributeProvider is FieldInfo ? _options.IgnoreReadOnlyFields : _options.IgnoreReadOnlyProperties));

    private static bool IsRead(JsonPropertyInfo property, MemberInfo member) =>
        property.Set is not null
        || property.AssociatedParameter is not null
        || member is PropertyInfo { CanWrite: false, GetMethod: { } get }
            && !get.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    // A member that is computed from other members need not be read. A stored member that is not read has another value in the handler.
    private void ThrowIfUnknown(JsonTypeInfo owner, JsonPropertyInfo property, MemberInfo member)
    {
        if (!IsRead(property, member))
        {
            throw new UnknownPartException(
                $"'{member.Name}' of {owner.Type} is written, but not read back. "
                + "Give it a public setter, a constructor parameter, or [JsonInclude].");
        }

        if (!IsUsable(property.Name))
        {
            throw new UnknownPartException(
                $"'{member.Name}' of {owner.Type} is called '{Excerpt.Of(property.Name)}' in JSON, "
                + "and a pattern cannot contain that name.");
        }

        foreach (var derived in owner.PolymorphismOptions?.DerivedTypes ?? [])
        {
            if (!IsWrittenAlike(owner, TypeInfoOf(derived.DerivedType), property, member))
            {
                throw new UnknownPartException($"'{member.Name}' of {owner.Type} is written differently for {derived.DerivedType}.");
            }
        }
    }

    private static bool IsUsable(string name) =>
        name.Length > 0 && name is not "$or" && !name.Contains(FieldName.Separator, StringComparison.Ordinal) && JsonValues.IsUnicode(name);

    private bool IsWrittenAlike(JsonTypeInfo owner, JsonTypeInfo derived, JsonPropertyInfo property, MemberInfo member) =>
        derived.NumberHandling == owner.NumberHandling
        && Find(derived, member) is { } same
        && same.Name == property.Name
        && same.PropertyType == property.PropertyType
        && same.CustomConverter?.GetType() == property.CustomConverter?.GetType()
        && same.NumberHandling == property.NumberHandling
        && IsWritten(same);

    private bool MayBeLeftOut(JsonPropertyInfo property) => property.ShouldSerialize is not null || _options.DefaultIgnoreCondition switch
    {
        JsonIgnoreCondition.Never => false,
        JsonIgnoreCondition.WhenWritingNull =>
            !property.PropertyType.IsValueType || Nullable.GetUnderlyingType(property.PropertyType) is not null,
        _ => true,
    };

    private object?[]? WhenAbsent(PayloadField field, JsonTypeInfo owner, JsonPropertyInfo property, bool mayBeLeftOut)
    {
        var unset = ClosureValues.DefaultOf(property.PropertyType);
        if (property.Set is null && property.AssociatedParameter is null)
        {
            // The member is computed, and was left out because it has the default value.
            return [unset];
        }

        var empty = owner.PolymorphismOptions is null ? _empty.GetOrAdd(owner.Type, CreateEmpty) : null;
        if (empty is null || (mayBeLeftOut && field.IsAddedTo) || (field is { MayBeLeftOut: true, WhenAbsent: null }))
        {
            return mayBeLeftOut
                ? null
                : [property.AssociatedParameter is { HasDefaultValue: true } parameter ? parameter.DefaultValue : unset];
        }

        // If the parent object is left out, the member has the value of the parent's default.
        var above = field.MayBeLeftOut ? field.WhenAbsent!.OfType<object>() : [];
        return [property.Get!(empty), .. above.Select(property.Get!)];
    }

    // Reads an object without members: it has initializers, default values of constructor parameters, and defaults of types.
    private object? CreateEmpty(Type type)
    {
        try
        {
            return JsonSerializer.Deserialize("{}"u8, _lenient.Value.GetTypeInfo(type));
        }
        catch (Exception)
        {
            // A constructor that needs its arguments may throw any exception.
            return null;
        }
    }

    private JsonSerializerOptions CreateLenient() => new(_options)
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
