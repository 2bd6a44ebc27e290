using System.Globalization;
using EventTriggers.Diagnostics;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>
/// Tests of one field. Each has two sides: what a value in the JSON has to be, and which C# values pass; the second decides about null, and about a field that is not in the JSON.
/// </summary>
internal sealed class FieldTests(JsonValues values, PayloadField field)
{
    private static readonly FieldOption AnyNumber = FieldOption.Between(new(decimal.MinValue, false, decimal.MaxValue, false));

    /// <summary>Asks for one of some values.</summary>
    /// <param name="wanted">Values of the field's type, or null.</param>
    /// <param name="ignoresCase">Whether strings are compared so.</param>
    /// <param name="isNegated">Whether none of them is asked for.</param>
    public Formula In(IReadOnlyList<object?> wanted, bool ignoresCase, bool isNegated)
    {
        ThrowUnless(JsonValues.AreWrittenAlike(field), "has equal values that are written differently, such as 1 and 1.0, or a moment in two zones");
        object[] present = [.. wanted.OfType<object>().Distinct()];
        var hasNull = field.IsNullable && wanted.Contains(null);
        if (present.Length == 0 && !hasNull)
        {
            return isNegated ? Formula.Always : Formula.Never;
        }

        ThrowUnless(!field.IsNullable || values.HasNull(field), "has a converter that writes null in its own way");
        bool Holds(object? value) => (value is null ? hasNull : Array.Exists(present, one => AreEqual(one, value, ignoresCase))) != isNegated;
        if (present.Length == 0)
        {
            return Of(isNegated ? AnyValue() : [], Holds);
        }

        if (ignoresCase)
        {
            ThrowUnless(values.AreKnown(field), "has a converter of its own");
            string[] texts = [.. present.Select(value => values.Write(field, value))];
            return Of(isNegated ? [FieldOption.AnythingButIgnoringCase(texts)] : [.. texts.Select(FieldOption.IgnoringCase)], Holds);
        }

        string[] json = [.. present.SelectMany(Written).Distinct(StringComparer.Ordinal)];
        return field.PlainType == typeof(bool) && isNegated
            ? Of([.. new object[] { true, false }.Except(present).Select(other => FieldOption.Exactly(values.Write(field, other)))], Holds)
            : isNegated
                ? json.GroupBy(static value => value[0] == '"').Select(group => Of([FieldOption.Exclude(group)], Holds)).Aggregate(static (all, one) => all.And(one))
                : Of([.. json.Select(FieldOption.Exactly)], Holds);
    }

    /// <summary>Asks for less or more than a number.</summary>
    public Formula Order(string op, object bound, bool isNegated)
    {
        ThrowUnless(values.AreNumbers(field), "is not written as a number, so no pattern asks for more or less");
        var number = BoundOf(bound);
        var asked = isNegated ? Negate(op) : op;
        List<FieldOption> options = [FieldOption.Between(asked[0] == '<' ? new(decimal.MinValue, false, number, asked == "<") : new(number, asked == ">", decimal.MaxValue, false))];
        if (JsonValues.AreNamed(field))
        {
            // What is not a number is neither less nor more.
            options.AddRange([FieldOption.Exactly(asked[0] == '<' ? "\"-Infinity\"" : "\"Infinity\""), .. isNegated ? [FieldOption.Exactly("\"NaN\"")] : Array.Empty<FieldOption>()]);
        }

        return Of(options, value => (value is not null && PlainTypes.Order(value, bound) is { } order && Passes(op, order)) != isNegated);
    }

    /// <summary>Asks what a string begins with, ends with or contains; null does neither.</summary>
    public Formula Text(TextOperator op, string text, bool ignoresCase, bool isNegated)
    {
        ThrowUnless(field.PlainType == typeof(string) && values.AreKnown(field), "is not a string that is written as it is");
        ThrowUnless(JsonValues.IsUnicode(text), "is asked for text that is not Unicode");
        ThrowIf(ignoresCase && (isNegated || op == TextOperator.Contains), "is asked for a part whatever the case, which no pattern says here");
        bool Holds(object? value) => (value is string of && op.Holds(of, text, ignoresCase)) != isNegated;
        return Of(!isNegated ? [op.Option(text, ignoresCase)] : text.Length == 0 ? [] : [FieldOption.AnythingBut(op.Option(text, ignoresCase))], Holds);
    }

    /// <summary>Asks for null, or for anything else.</summary>
    public Formula IsNull(bool isNegated)
    {
        ThrowUnless(PlainTypes.HasEquality(field.PlainType) || (PlainTypes.IsOpaqueText(field.PlainType) && values.AreKnown(field)), "is no string, number or boolean in JSON");
        ThrowUnless(!field.IsNullable || values.HasNull(field), "has a converter that writes null in its own way");
        return field.IsNullable ? Of(isNegated ? AnyValue() : [], value => value is null != isNegated) : isNegated ? Formula.Always : Formula.Never;
    }

    private Formula Of(IReadOnlyList<FieldOption> present, Func<object?, bool> holds)
    {
        FieldOption[] absent = AbsentHolds(holds) ? [FieldOption.Absent] : [];
        if (!field.IsNullable || holds(null))
        {
            return Formula.Of(field.Name, [.. present, .. field.IsNullable ? [FieldOption.Null] : Array.Empty<FieldOption>(), .. absent]);
        }

        // Null is anything but a text, too.
        var formula = Formula.Of(field.Name, [.. present, .. absent]);
        return present.Any(static option => option.IsExclusion) ? formula.And(Formula.Of(field.Name, [.. AnyValue(), .. absent])) : formula;
    }

    private bool AbsentHolds(Func<object?, bool> holds)
    {
        // Of elements, and members of elements, there is nothing to say where the serializer always writes them: one that lacks them was not written by it.
        if (field.IsInElement && !field.MayBeLeftOut)
        {
            return false;
        }

        ThrowUnless(field.WhenAbsent is not null, "may be left out, and what it is then is not known");
        bool[] answers = [.. field.WhenAbsent!.Select(holds).Distinct()];
        ThrowIf(answers.Length > 1, "may be left out alone, or with what it is a member of, and is not the same then");
        return answers is [true];
    }

    private IReadOnlyList<FieldOption> AnyValue()
    {
        if (field.PlainType.IsEnum)
        {
            ThrowIf(values.NamesOf(field).Any(static json => json[0] is '{' or '['), "is no string, number or boolean in JSON");
            return [FieldOption.AnyText, AnyNumber];
        }

        ThrowUnless(values.AreKnown(field), "has a converter of its own");
        return field.PlainType == typeof(bool) ? [FieldOption.Exactly("true"), FieldOption.Exactly("false")]
            : !PlainTypes.IsNumber(field.PlainType) ? [FieldOption.AnyText]
            : !values.AreNumbers(field) ? [FieldOption.AnyText]
            : JsonValues.AreNamed(field) ? [AnyNumber, FieldOption.AnyText]
            : [AnyNumber];
    }

    // As text, there are two zeros.
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

    /// <summary>Gets a number as patterns compare it; one that they do not tell from its neighbors is refused.</summary>
    private decimal BoundOf(object value)
    {
        var json = value switch
        {
            double number => number.ToString("R", CultureInfo.InvariantCulture),
            float number => number.ToString("R", CultureInfo.InvariantCulture),
            Enum of => of.ToString("D"),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture),
        };
        var has = decimal.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) && (value is decimal || bound is > decimal.MinValue and < decimal.MaxValue);
        var isTold = value switch
        {
            // Seventeen digits, or nine, must be among the 28 after the point.
            double number => number == 0 || Math.Abs(number) >= 1e-11,
            float number => number == 0 || Math.Abs(number) >= 1e-19f,
            _ => true,
        };
        return has && isTold ? bound : throw new UnknownPartException(
            $"'{field.Name}' is compared with {json}, but a pattern compares decimals of 28 digits, from {decimal.MinValue} to {decimal.MaxValue}.");
    }

    private static bool AreEqual(object one, object other, bool ignoresCase) => (one, other) switch
    {
        (string text, string another) => text.Equals(another, ignoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal),
        (double or float, double or float) => PlainTypes.Order(one, other) == 0,
        _ => one.Equals(other),
    };

    private static bool Passes(string op, int order) => op switch { "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };

    private static string Negate(string op) => op switch { "<" => ">=", "<=" => ">", ">" => "<=", _ => "<" };

    private void ThrowIf(bool isSo, string what) => ThrowUnless(!isSo, what);

    private void ThrowUnless(bool isSo, string what)
    {
        if (!isSo)
        {
            throw new UnknownPartException($"'{Excerpt.Of(field.Name.ToString())}' of {field.PlainType} {what}");
        }
    }
}
