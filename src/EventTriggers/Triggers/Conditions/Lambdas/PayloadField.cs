using System.Text.Json.Serialization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A value in a payload, as the serializer writes it: the payload itself, a member, or an element of a collection.</summary>
/// <param name="Name">The names that lead to the value.</param>
/// <param name="Type">The declared type.</param>
internal sealed record PayloadField(FieldName Name, Type Type)
{
    /// <summary>Gets the converter that the member itself names.</summary>
    public JsonConverter? Converter { get; init; }

    /// <summary>Gets how numbers are written, as the member, its type or the options say.</summary>
    public JsonNumberHandling NumberHandling { get; init; }

    /// <summary>Gets the values that the field may have if the JSON lacks it; <see langword="null"/> if they are not known.</summary>
    public IReadOnlyList<object?>? WhenAbsent { get; init; } = [];

    /// <summary>Gets a value indicating whether the serializer may leave out the field or one of its parents.</summary>
    public bool MayBeLeftOut { get; init; }

    /// <summary>
    /// Gets a value indicating whether the serializer adds to the existing value, which may be a set with a custom comparer.
    /// </summary>
    public bool IsAddedTo { get; init; }

    /// <summary>Gets a value indicating whether the field is an element of a collection, or a member of an element.</summary>
    public bool IsInElement => Name.Scope.Length > 0;

    /// <summary>Gets the type, or the underlying type of a nullable value type.</summary>
    public Type PlainType => PlainTypes.Below(Type);

    public bool IsNullable => !Type.IsValueType || Nullable.GetUnderlyingType(Type) is not null;
}
