using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers.Diagnostics;
using EventTriggers.Triggers.Conditions.Lambdas;
using EventTriggers.Triggers.Matching;

namespace EventTriggers.Triggers.OverTime;

/// <summary>A field of a payload, as the caller selects it: by the names that lead to it, or by a lambda.</summary>
internal sealed class FieldSelector
{
    private const int LongestPath = 1000;

    private readonly string? _pointer;
    private readonly LambdaExpression? _lambda;

    private FieldSelector(string? pointer, LambdaExpression? lambda) => (_pointer, _lambda) = (pointer, lambda);

    /// <exception cref="ArgumentException">A name is empty, or the names are too long together.</exception>
    public static FieldSelector From(string path, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(path, parameter);
        if (path.Length > LongestPath)
        {
            throw new ArgumentException(
                $"The names that lead to a field may have at most {LongestPath} characters together, but have {path.Length}.", parameter);
        }

        var names = path.Split('.');
        return Array.TrueForAll(names, static name => name.Length > 0)
            ? new FieldSelector(JsonPointer.FromNames(names), lambda: null)
            : throw new ArgumentException(
                $"A field is named by the names that lead to it, joined by dots, such as 'user.id', "
                + $"but is '{Excerpt.Of(path)}'.", parameter);
    }

    /// <param name="pointer">The field as it is stored.</param>
    /// <param name="parameter">What an error names.</param>
    /// <exception cref="ArgumentException">It is not a JSON pointer, a name is empty, or the names are too long together.</exception>
    public static FieldSelector FromPointer(string pointer, string parameter)
    {
        var names = JsonPointer.ToNames(pointer);
        return names.All(static name => name.Length > 0) && names.Sum(static name => name.Length + 1) <= LongestPath + 1
            ? new FieldSelector(JsonPointer.FromNames(names), lambda: null)
            : throw new ArgumentException(
                $"A field must be a JSON pointer such as /user/id with names of at most {LongestPath} characters together, none empty, "
                + $"but is '{Excerpt.Of(pointer)}'.", parameter);
    }

    public static FieldSelector From(LambdaExpression lambda) => new(pointer: null, lambda);

    /// <summary>Writes the names that lead to the field as a JSON pointer.</summary>
    /// <exception cref="NotSupportedException">The lambda names no field, or the serializer does not reveal names.</exception>
    public string ToPointer(JsonSerializerOptions? options) => _pointer
        ?? JsonPointer.FromNames(LambdaTranslator.NamesOf(_lambda!, options ?? throw ConditionSource.NamesAreUnknown()));
}
