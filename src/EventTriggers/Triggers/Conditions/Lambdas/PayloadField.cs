using System.Text.Json.Serialization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A value in a payload, as the serializer writes it: the payload itself, a member, or an element of a collection.</summary>
/// <param name="Name">Where it is.</param>
/// <param name="Type">Its declared type.</param>
internal sealed record PayloadField(FieldName Name, Type Type)
{
    /// <summary>Gets the converter that is named on the member itself.</summary>
    public JsonConverter? Converter { get; init; }

    /// <summary>Gets how its numbers are written: by the member, its type, or the options.</summary>
    public JsonNumberHandling NumberHandling { get; init; }

    /// <summary>Gets the values that it may have when it is not in the JSON; <see langword="null"/> when nobody knows.</summary>
    public IReadOnlyList<object?>? WhenAbsent { get; init; } = [];

    /// <summary>Gets a value indicating whether the serializer may leave it out, or what it is a member of.</summary>
    public bool MayBeLeftOut { get; init; }

    /// <summary>Gets a value indicating whether what is read is added to what the member has, which may be a set with a comparer of its own.</summary>
    public bool IsAddedTo { get; init; }

    /// <summary>Gets a value indicating whether it is an element of a collection, or a member of one.</summary>
    public bool IsInElement => Name.Scope.Length > 0;

    /// <summary>Gets its type; of a nullable value the type below.</summary>
    public Type PlainType => PlainTypes.Below(Type);

    public bool IsNullable => !Type.IsValueType || Nullable.GetUnderlyingType(Type) is not null;
}
