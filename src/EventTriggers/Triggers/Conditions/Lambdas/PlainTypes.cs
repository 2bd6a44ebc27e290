using System.Globalization;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The types whose values a pattern compares as C# does, and the conversions between them that change no value.</summary>
internal static class PlainTypes
{
    // A long as a double loses digits, so it is not here.
    private static readonly Dictionary<TypeCode, TypeCode[]> Wider = new()
    {
        [TypeCode.SByte] = [TypeCode.Int16, TypeCode.Int32, TypeCode.Int64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Byte] = [TypeCode.Int16, TypeCode.UInt16, TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Int16] = [TypeCode.Int32, TypeCode.Int64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.UInt16] = [TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64, TypeCode.Single, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Char] = [TypeCode.UInt16, TypeCode.Int32, TypeCode.UInt32, TypeCode.Int64, TypeCode.UInt64],
        [TypeCode.Int32] = [TypeCode.Int64, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.UInt32] = [TypeCode.Int64, TypeCode.UInt64, TypeCode.Double, TypeCode.Decimal],
        [TypeCode.Int64] = [TypeCode.Decimal],
        [TypeCode.UInt64] = [TypeCode.Decimal],
    };

    /// <summary>Gets the type below a nullable one, or the type itself.</summary>
    public static Type Below(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    public static bool IsNumber(Type type) => !type.IsEnum && (Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal);

    public static bool IsFloat(Type type) => type == typeof(double) || type == typeof(float);

    /// <summary>Tells whether equal values of a type are written alike, and others differently.</summary>
    public static bool HasEquality(Type type) => type.IsEnum || IsNumber(type) || type == typeof(bool) || type == typeof(char) || IsText(type);

    /// <summary>Tells whether <see cref="HasEquality"/> and the operators of the type itself compare, as they compare numbers and enums without any.</summary>
    public static bool HasOperators(Type type) => type == typeof(decimal) || IsText(type);

    /// <summary>Tells whether a value of a type is a string in JSON, of which only null can be told.</summary>
    public static bool IsOpaqueText(Type type) => type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(Uri) || type == typeof(Version);

    /// <summary>Tells whether a conversion keeps each value, null besides.</summary>
    public static bool IsLossless(Type from, Type to)
    {
        var (source, target) = (NumberOf(Below(from)), NumberOf(Below(to)));
        return source == target || (Wider.TryGetValue(Type.GetTypeCode(source), out var wider) && wider.Contains(Type.GetTypeCode(target)));
    }

    /// <summary>Gets a value of a wider type as one of a narrower type, if that has it.</summary>
    public static bool TryNarrow(object value, Type to, out object narrow)
    {
        narrow = value;
        if (value.GetType() == to)
        {
            return true;
        }

        if (to.IsEnum)
        {
            var has = TryNarrow(value, Enum.GetUnderlyingType(to), out var number);
            narrow = has ? Enum.ToObject(to, number) : value;
            return has;
        }

        if (ExactOf(value) is not { } exact || exact != decimal.Truncate(exact))
        {
            return false;
        }

        try
        {
            narrow = to == typeof(char) ? (char)decimal.ToUInt16(exact) : Convert.ChangeType(exact, to, CultureInfo.InvariantCulture);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>Compares two numbers, enums or characters; <see langword="null"/> where they have no order.</summary>
    public static int? Order(object one, object other) =>
        IsFloat(one.GetType()) || IsFloat(other.GetType()) ? Order(ToDouble(one), ToDouble(other))
        : ExactOf(one) is { } left && ExactOf(other) is { } right ? left.CompareTo(right)
        : null;

    private static int? Order(double one, double other) => double.IsNaN(one) || double.IsNaN(other) ? null : one == other ? 0 : one < other ? -1 : 1;

    private static double ToDouble(object value) => value switch
    {
        double number => number,
        float number => number,
        _ => ExactOf(value) is { } number ? (double)number : double.NaN,
    };

    // Of floats only whole ones, of the size that what is compared with them may have.
    private static decimal? ExactOf(object value) => value switch
    {
        Enum of => Convert.ToDecimal(of, CultureInfo.InvariantCulture),
        char of => of,
        float of => ExactOf((double)of),
        double of => double.IsInteger(of) && Math.Abs(of) < 1e18 ? (long)of : null,
        IConvertible of when IsNumber(value.GetType()) => of.ToDecimal(CultureInfo.InvariantCulture),
        _ => null,
    };

    // Texts that are written in one way for each value.
    private static bool IsText(Type type) => type == typeof(string) || type == typeof(Guid) || type == typeof(DateOnly) || type == typeof(TimeOnly) || type == typeof(TimeSpan);

    private static Type NumberOf(Type type) => type.IsEnum ? Enum.GetUnderlyingType(type) : type;
}
