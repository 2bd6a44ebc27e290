using System.Globalization;

namespace EventTriggers;

/// <summary>The options of one member for a test: also null and absence, where the test holds for what a member is then.</summary>
internal sealed class FieldTests(JsonNames names, System.Linq.Expressions.MemberExpression? member)
{
    private static readonly FieldOption[] AnyNumber = [FieldOption.Between(new(decimal.MinValue, false, decimal.MaxValue, false))];

    private Type Type => member?.Type ?? typeof(object);

    private bool IsNullable => !Type.IsValueType || Nullable.GetUnderlyingType(Type) is not null;

    public IReadOnlyList<FieldOption> IsNull(bool isWanted)
    {
        if (isWanted && !IsNullable)
        {
            return [];
        }

        var type = Nullable.GetUnderlyingType(Type) ?? Type;
        var sample = type == typeof(string) ? "\"\"" : type.IsValueType ? Write(Values.DefaultOf(type)!) : "{}";
        return sample[0] switch
        {
            '{' or '[' => throw new NotSupportedException($"'{member}' is compared with null, but is no string, number or boolean in JSON."),
            _ when isWanted => [FieldOption.Null, FieldOption.Absent],
            '"' => [FieldOption.AnyText],
            't' or 'f' => [FieldOption.Exactly("true"), FieldOption.Exactly("false")],
            _ => AnyNumber,
        };
    }

    /// <summary>Compares with a value that is not null.</summary>
    /// <returns>The options; <see langword="null"/> where no pattern compares so.</returns>
    public IReadOnlyList<FieldOption>? Compare(string op, object value, bool isNegated = false)
    {
        var json = Write(value);
        IReadOnlyList<FieldOption>? options = (op, json[0]) switch
        {
            (_, '{' or '[') => null,
            ("=", _) => [FieldOption.Exactly(json)],
            ("!=", 't') => [FieldOption.Exactly("false")],
            ("!=", 'f') => [FieldOption.Exactly("true")],
            ("!=", _) => [FieldOption.AnythingBut([json])],
            _ => RangeOf(op, json),
        };

        // Null is not equal to a value, and neither more nor less: the negation of that holds.
        var nullHolds = op == "!=" || (isNegated && op != "=");
        return options is null ? null : With(options, nullHolds, () => DefaultHolds(op, value));
    }

    /// <summary>Asks for one of some values.</summary>
    public IReadOnlyList<FieldOption>? In(IReadOnlyList<object?> values, bool isNegated)
    {
        string[] json = [.. values.Select(value => value is null ? "null" : Write(value))];
        if (!isNegated)
        {
            FieldOption[] options = [.. json.Distinct(StringComparer.Ordinal).Select(FieldOption.Exactly)];
            return json.All(static value => value[0] is not ('{' or '[')) ? With(options, json.Contains("null"), () => values.Any(IsDefault)) : null;
        }

        return json.Length > 0 && (json.All(static value => value[0] == '"') || json.All(static value => char.IsAsciiDigit(value[^1])))
            ? With([FieldOption.AnythingBut(json)], nullHolds: true, () => !values.Any(IsDefault))
            : null;
    }

    /// <summary>Asks what a method answers.</summary>
    public IReadOnlyList<FieldOption>? Call(string method, object?[] arguments, bool isNegated)
    {
        var ignoresCase = arguments is [.., StringComparison.OrdinalIgnoreCase];
        return (method, arguments) switch
        {
            (_, [.., StringComparison and not (StringComparison.Ordinal or StringComparison.OrdinalIgnoreCase)]) => null,
            (nameof(string.IsNullOrEmpty), []) when !isNegated => [FieldOption.Exactly("\"\""), .. IsNull(isWanted: true)],
            ("Equals", [null, ..]) => IsNull(!isNegated),
            ("Equals", [string text, ..]) when ignoresCase => isNegated
                ? [FieldOption.AnythingBut(FieldOption.Text("equals-ignore-case", text)), FieldOption.Absent]
                : [FieldOption.Text("equals-ignore-case", text)],
            ("Equals", [{ } value, ..]) => Compare(isNegated ? "!=" : "=", value),
            (nameof(string.StartsWith), [var text, ..]) when AsText(text) is { } prefix => Part("prefix", prefix, ignoresCase, isNegated),
            (nameof(string.EndsWith), [var text, ..]) when AsText(text) is { } suffix => Part("suffix", suffix, ignoresCase, isNegated),
            (nameof(string.Contains), [var text, ..]) when AsText(text) is { } part && !ignoresCase => Part("wildcard", part.Length == 0 ? "*" : $"*{Escape(part)}*", ignoresCase: false, isNegated),
            _ => null,
        };
    }

    private static FieldOption[]? RangeOf(string op, string json) => !decimal.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? null
        : op[0] == '<' ? [FieldOption.Between(new(decimal.MinValue, false, number, op == "<"))]
        : [FieldOption.Between(new(number, op == ">", decimal.MaxValue, false))];

    private static string? AsText(object? argument) => argument is char or string ? argument.ToString() : null;

    private static string Escape(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("*", @"\*", StringComparison.Ordinal);

    // A member that is null would make the lambda throw: whether it matches then is nobody's business.
    private static IReadOnlyList<FieldOption>? Part(string name, string text, bool ignoresCase, bool isNegated) => (isNegated, ignoresCase) switch
    {
        (false, _) => [FieldOption.Text(name, text, ignoresCase)],
        (true, true) => null,
        _ => text.Length == 0 ? [] : [FieldOption.AnythingBut(FieldOption.Text(name, text))],
    };

    private string Write(object value) => names.Write(value, member);

    private IReadOnlyList<FieldOption> With(IReadOnlyList<FieldOption> options, bool nullHolds, Func<bool> defaultHolds)
    {
        if (member is null)
        {
            return options;
        }

        // A serializer may leave out what has its default.
        return IsNullable
            ? nullHolds ? [.. options.Append(FieldOption.Null).Append(FieldOption.Absent).Distinct()] : options
            : defaultHolds() ? [.. options, FieldOption.Absent] : options;
    }

    private bool IsDefault(object? value) => value is null || (Type.IsValueType && value.Equals(Values.DefaultOf(value.GetType())));

    private bool DefaultHolds(string op, object value)
    {
        var order = value is IComparable comparable ? -comparable.CompareTo(Values.DefaultOf(value.GetType())) : 1;
        return op switch
        {
            "=" => IsDefault(value),
            "!=" => !IsDefault(value),
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }
}
