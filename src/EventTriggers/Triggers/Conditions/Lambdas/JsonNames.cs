using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace EventTriggers;

/// <summary>What members and values are called in JSON.</summary>
internal sealed class JsonNames(JsonSerializerOptions options)
{
    /// <summary>Gets a member's name.</summary>
    /// <exception cref="NotSupportedException">The serializer does not write it.</exception>
    public string Of(MemberExpression member)
    {
        var type = member.Expression!.Type;
        return PropertyOf(member) is { Get: not null } found ? found.Name : throw new NotSupportedException($"'{member.Member.Name}' of {type} is not among what is serialized.");
    }

    /// <summary>Writes a value as the serializer writes it where a member holds it.</summary>
    public string Write(object value, MemberExpression? member)
    {
        // A converter that is named on the member is not known by the type.
        var custom = member is null ? null : PropertyOf(member)?.CustomConverter;
        var writing = custom is null ? options : new JsonSerializerOptions(options) { Converters = { custom } };
        var json = JsonSerializer.SerializeToElement(value, writing.GetTypeInfo(value.GetType()));
        return json.ValueKind == JsonValueKind.String ? FieldOption.Quote(json.GetString()!) : json.GetRawText();
    }

    private JsonPropertyInfo? PropertyOf(MemberExpression member)
    {
        var properties = options.GetTypeInfo(member.Expression!.Type).Properties;
        var written = options.PropertyNamingPolicy?.ConvertName(member.Member.Name) ?? member.Member.Name;
        return properties.FirstOrDefault(property => property.AttributeProvider is MemberInfo of && of.Name == member.Member.Name)
            ?? properties.FirstOrDefault(property => property.AttributeProvider is null && property.Name == written);
    }
}
