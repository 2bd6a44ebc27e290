using System.Globalization;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Translates tests of one field. Each test has two sides: the options for a value in the JSON, and a function that decides which C# values
/// pass. The function decides about null, and about a field that is not in the JSON.
/// </summary>
internal sealed class FieldTests(JsonValues values, PayloadField field)
{
    private const string OwnNull = "has a converter that writes null in its own way";
    private const string OwnConverter = "has a custom converter";

    private static readonly FieldOption AnyNumber = FieldOption.Between(new(decimal.MinValue, false, decimal.MaxValue, false));

    /// <summary>Requires one of some values.</summary>
    /// <param name="wanted">Values of the field's type, or null.</param>
    /// <param name="ignoresCase">Whether the comparison of strings ignores case.</param>
    /// <param name="isNegated">Whether the value must be none of them.</param>
    public Formula In(IReadOnlyList<object?> wanted, bool ignoresCase, bool isNegated)
    {
        ThrowUnless(
            JsonValues.AreWrittenAlike(field),
            "has equal values that are written differently, such as 1 and 1.0, or a moment in two zones");
        object[] present = [.. wanted.OfType<object>().Distinct()];
        var hasNull = field.IsNullable && wanted.Contains(null);
        if (present.Length == 0 && !hasNull)
        {
            return isNegated ? Formula.Always : Formula.Never;
        }

        ThrowUnless(!field.IsNullable || values.HasNull(field), OwnNull);
        bool Passes(object? value) =>
            (value is null ? hasNull : Array.Exists(present, one => AreEqual(one, value, ignoresCase))) != isNegated;
        if (present.Length == 0)
        {
            return Create(isNegated ? AnyValue() : [], Passes);
        }

        return ignoresCase ? InIgnoringCase(present, isNegated, Passes) : InExactly(present, isNegated, Passes);
    }

    /// <summary>Requires a value below or above a number.</summary>
    public Formula Order(string op, object bound, bool isNegated)
    {
        ThrowUnless(values.AreNumbers(field), "is not written as a number, so a pattern cannot test its order");
        var number = BoundOf(bound);
        var required = isNegated ? Negate(op) : op;
        var isBelow = required[0] == '<';
        List<FieldOption> options =
        [
            FieldOption.Between(isBelow
                ? new(decimal.MinValue, false, number, required == "<")
                : new(number, required == ">", decimal.MaxValue, false)),
        ];
        if (JsonValues.AreNamed(field))
        {
            options.Add(FieldOption.Exactly(isBelow ? "\"-Infinity\"" : "\"Infinity\""));
            if (isNegated)
            {
                // NaN is neither below nor above a number.
                options.Add(FieldOption.Exactly("\"NaN\""));
            }
        }

        return Create(
            options, value => (value is not null && PlainTypes.Order(value, bound) is { } order && IsInOrder(op, order)) != isNegated);
    }

    /// <summary>Requires a string that begins with, ends with or contains a text. Null does none of these.</summary>
    public Formula Text(TextOperator op, string text, bool ignoresCase, bool isNegated)
    {
        ThrowUnless(field.PlainType == typeof(string) && values.AreKnown(field), "is not a string that is written without change");
        ThrowUnless(JsonValues.IsUnicode(text), "is compared with text that is not Unicode");
        ThrowIf(
            ignoresCase && (isNegated || op == TextOperator.Contains), "is compared ignoring case, which a pattern cannot express here");
        bool Passes(object? value) => (value is string of && op.Holds(of, text, ignoresCase)) != isNegated;
        return Create(
            !isNegated ? [op.Option(text, ignoresCase)]
            : text.Length == 0 ? []
            : [FieldOption.AnythingBut(op.Option(text, ignoresCase))],
            Passes);
    }

    /// <summary>Requires null, or any other value.</summary>
    public Formula IsNull(bool isNegated)
    {
        ThrowUnless(
            PlainTypes.HasEquality(field.PlainType) || (PlainTypes.IsOpaqueText(field.PlainType) && values.AreKnown(field)),
            "is not a string, number or boolean in JSON");
        ThrowUnless(!field.IsNullable || values.HasNull(field), OwnNull);
        return field.IsNullable ? Create(isNegated ? AnyValue() : [], value => value is null != isNegated)
            : isNegated ? Formula.Always
            : Formula.Never;
    }

    private Formula InIgnoringCase(object[] wanted, bool isNegated, Func<object?, bool> passes)
    {
        ThrowUnless(values.AreKnown(field), OwnConverter);
        string[] texts = [.. wanted.Select(value => values.Write(field, value))];
        return Create(isNegated ? [FieldOption.AnythingButIgnoringCase(texts)] : [.. texts.Select(FieldOption.IgnoringCase)], passes);
    }

    private Formula InExactly(object[] wanted, bool isNegated, Func<object?, bool> passes)
    {
        string[] json = [.. wanted.SelectMany(Written).Distinct(StringComparer.Ordinal)];
        if (!isNegated)
        {
            return Create([.. json.Select(FieldOption.Exactly)], passes);
        }

        if (field.PlainType == typeof(bool))
        {
            var others = new object[] { true, false }.Except(wanted);
            return Create([.. others.Select(other => FieldOption.Exactly(values.Write(field, other)))], passes);
        }

        return json
            .GroupBy(static value => value[0] == '"')
            .Select(group => Create([FieldOption.Exclude(group)], passes))
            .Aggregate(static (all, one) => all.And(one));
    }

    private Formula Create(IReadOnlyList<FieldOption> present, Func<object?, bool> passes)
    {
        FieldOption[] absent = AbsentPasses(passes) ? [FieldOption.Absent] : [];
        if (!field.IsNullable || passes(null))
        {
            FieldOption[] none = field.IsNullable ? [FieldOption.Null] : [];
            return Formula.OneOf(field.Name, [.. present, .. none, .. absent]);
        }

        // An anything-but lets null pass as well, so null is excluded here.
        var formula = Formula.OneOf(field.Name, [.. present, .. absent]);
        return present.Any(static option => option.IsExclusion)
            ? formula.And(Formula.OneOf(field.Name, [.. AnyValue(), .. absent]))
            : formula;
    }

    private bool AbsentPasses(Func<object?, bool> passes)
    {
        // The serializer always writes this element, or member of an element. An element without it was not written by this serializer.
        if (field.IsInElement && !field.MayBeLeftOut)
        {
            return false;
        }

        ThrowUnless(field.WhenAbsent is not null, "may be left out of the JSON, and its value is not known then");
        bool[] results = [.. field.WhenAbsent!.Select(passes).Distinct()];
        ThrowIf(results.Length > 1, "may be left out alone or together with its parent, and its value differs between the two");
        return results is [true];
    }

    private IReadOnlyList<FieldOption> AnyValue()
    {
        if (field.PlainType.IsEnum)
        {
            ThrowIf(values.NamesOf(field).Any(static json => json[0] is '{' or '['), "is not a string, number or boolean in JSON");
            return [FieldOption.AnyText, AnyNumber];
        }

        ThrowUnless(values.AreKnown(field), OwnConverter);
        return field.PlainType == typeof(bool) ? [FieldOption.Exactly("true"), FieldOption.Exactly("false")]
            : !PlainTypes.IsNumber(field.PlainType) ? [FieldOption.AnyText]
            : !values.AreNumbers(field) ? [FieldOption.AnyText]
            : JsonValues.AreNamed(field) ? [AnyNumber, FieldOption.AnyText]
            : [AnyNumber];
    }

    // Zero has two texts: 0 and -0.
    private IEnumerable<string> Written(object value)
    {
        if (!PlainTypes.IsFloat(value.GetType()))
        {
            return [values.Write(field, value)];
        }

        BoundOf(value);
        var json = values.Write(field, value);
        return json[0] == '"' && PlainTypes.Order(value, 0) == 0 ? [json, values.Write(field, Negative(value))] : [json];
    }

    private static object Negative(object value) => value is float number ? -number : -(double)value;

    /// <summary>Gets a number as patterns compare it. It rejects a number that patterns cannot distinguish from its neighbors.</summary>
    private decimal BoundOf(object value)
    {
        var json = value switch
        {
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            float number => number.ToString("R", CultureInfo.InvariantCulture),
            Enum of => of.ToString("D"),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
        var isInRange = decimal.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound)
            && (value is decimal || bound is > decimal.MinValue and < decimal.MaxValue);
        var isDistinct = value switch
        {
            // The 17 digits of a double, or the 9 of a float, must fit into the 28 decimal places.
            double number => number == 0 || Math.Abs(number) >= 1e-11,
            float number => number == 0 || Math.Abs(number) >= 1e-19f,
            _ => true,
        };
        return isInRange && isDistinct ? bound : throw new UnknownPartException(
            $"'{field.Name}' is compared with {json}, but a pattern compares decimals of 28 digits, "
            + $"from {decimal.MinValue} to {decimal.MaxValue}.");
    }

    private static bool AreEqual(object one, object other, bool ignoresCase) => (one, other) switch
    {
        (string text, string another) => text.Equals(another, ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal),
        (double or float, double or float) => PlainTypes.Order(one, other) == 0,
        _ => one.Equals(other),
    };

    private static bool IsInOrder(string op, int order) =>
        op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };

    private static string Negate(string op) => op switch { "<" => ">=", "<=" => ">", ">" => "<=", _ => "<" };

    private void ThrowIf(bool condition, string problem) => ThrowUnless(!condition, problem);

    private void ThrowUnless(bool condition, string problem)
    {
        if (!condition)
        {
            throw new UnknownPartException($"'{Excerpt.Of(field.Name.ToString())}' of {field.PlainType} {problem}");
        }
    }
}
